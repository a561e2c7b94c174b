import { Agent, type AgentOptions } from "node:http";
import { Agent as SecureAgent } from "node:https";
import type { Socket } from "node:net";
import { getCACertificates } from "node:tls";
import { HostError } from "@berth/contract";
import type { ConnectionBudget } from "../network/connection-budget.ts";

/** What {@link ConnectionPool} needs. */
export interface ConnectionPoolOptions {
  connections: ConnectionBudget;
  /** Certificate authorities beside those Node trusts, PEM. */
  certificateAuthorities?: readonly string[] | undefined;
}

const KEEPING: AgentOptions = { keepAlive: true, maxFreeSockets: 4, timeout: 5_000 };
/** A plugin that fetches from more places than this keeps only the connections to the latest. */
const MOST_ORIGINS = 32;

/**
 * Connections for requests, each holding a place of the plugin's budget from before it is begun until it is closed. They are kept for
 * this plugin alone: one that another plugin opened was checked against another grant.
 */
export class ConnectionPool implements Disposable {
  readonly #options: ConnectionPoolOptions;
  /** One an origin, the latest used last. */
  readonly #agents = new Map<string, Agent>();
  readonly #registered: Disposable;
  #placeInHand: Disposable | undefined;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    this.#registered = options.connections.addIdle(() => this.#closeIdle());
  }

  /**
   * Begins a request to an origin (`https://example.org:8443`) on a kept connection, or on a new one as soon as there is a place for it.
   *
   * @param begin makes the request with this agent, in the same turn.
   */
  async begin<T>(origin: string, signal: AbortSignal, begin: (agent: Agent) => T): Promise<T> {
    const agent = this.#agentFor(origin);
    if (idleSocket(agent)) return begin(agent);
    this.#placeInHand = await this.#options.connections.take(signal, { waits: true });
    try {
      return begin(agent);
    } finally {
      // Still here when a kept connection came free while this one waited.
      this.#placeInHand?.[Symbol.dispose]();
      this.#placeInHand = undefined;
    }
  }

  [Symbol.dispose](): void {
    this.#registered[Symbol.dispose]();
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #agentFor(origin: string): Agent {
    const agent = this.#agents.get(origin) ?? this.#makeAgent(origin);
    this.#agents.delete(origin);
    this.#agents.set(origin, agent);
    const [eldest] = this.#agents.keys();
    // What it keeps closes by itself within seconds.
    if (this.#agents.size > MOST_ORIGINS) this.#agents.delete(eldest!);
    return agent;
  }

  #makeAgent(origin: string): Agent {
    const agent = origin.startsWith("https:") ? this.#secureAgent() : new Agent(KEEPING);
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (...args) => {
      const place = this.#claimPlace();
      const socket = connect(...args);
      socket?.once("close", () => place[Symbol.dispose]());
      return socket;
    };
    agent.on("free", () => {
      if (this.#options.connections.isAwaited) this.#closeIdle();
    });
    return agent;
  }

  #secureAgent(): Agent {
    const { certificateAuthorities: own } = this.#options;
    const ca = own && [...getCACertificates("default"), ...own];
    // Said, so that no environment variable can say otherwise.
    return new SecureAgent({ ...KEEPING, rejectUnauthorized: true, ...(ca ? { ca } : {}) });
  }

  #claimPlace(): Disposable {
    const place = this.#placeInHand;
    if (!place) throw new HostError("INVARIANT_BROKEN", "A connection was begun for which there is no place");
    this.#placeInHand = undefined;
    return place;
  }

  #closeIdle(): boolean {
    for (const agent of this.#agents.values()) {
      const socket = idleSocket(agent);
      socket?.destroy();
      if (socket) return true;
    }
    return false;
  }
}

/** A kept connection that the agent would use next, if it has any. */
function idleSocket(agent: Agent): Socket | undefined {
  for (const sockets of Object.values(agent.freeSockets)) {
    const usable = sockets?.find((socket) => !socket.destroyed);
    if (usable) return usable;
  }
  return undefined;
}
