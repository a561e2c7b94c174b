import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { runWithin } from "@berth/base";
import { type Connection, type ConnectRequest, HostError, isHostError } from "@berth/contract";
import {
  type BoundGrant,
  connectionTarget,
  type Destination,
  findDestination,
  isReachable,
  isUnixSocket,
  type NetworkRefusal,
  type NetworkRules,
  networkRules,
  unixSocketPath,
} from "@berth/kernel/permissions";
import { malformed, quoted } from "../capability-errors.ts";
import type { CapabilityScope } from "../capability-scope.ts";
import type { ConnectionBudget } from "./connection-budget.ts";
import { connectionFailed } from "./failure-reasons.ts";
import { guardedLookup } from "./guarded-lookup.ts";
import { type Lookup, type ResolvedAddress, systemLookup } from "./lookup.ts";
import { leadsHome } from "./own-addresses.ts";
import { ASTRAY, NOT_GRANTED, placeOf } from "./wording.ts";
import { TcpConnection } from "./tcp-connection.ts";
import type { TrafficBudget } from "../traffic-budget.ts";

/** What the connect broker needs beside its scope. */
export interface ConnectBrokerOptions {
  grant: Pick<BoundGrant, "network" | "configuredHosts" | "configuredFrom">;
  connections: ConnectionBudget;
  traffic: TrafficBudget;
  /** In place of the operating system's name resolution. */
  lookup?: Lookup | undefined;
}

/** Name and connection together. */
const CONNECT_LIMIT_MS = 10_000;

/** Connections for a plugin, by TCP or a socket of this machine, to hosts it was granted as a whole: what passes through them the host does not read. */
export class ConnectBroker {
  readonly #scope: CapabilityScope;
  readonly #options: ConnectBrokerOptions;
  readonly #rules: NetworkRules;

  constructor(scope: CapabilityScope, options: ConnectBrokerOptions) {
    this.#scope = scope;
    this.#options = options;
    this.#rules = networkRules(options.grant);
  }

  async connect(asked: ConnectRequest, signal: AbortSignal): Promise<Connection> {
    const destination = this.#destination(asked);
    const { clock } = this.#scope;
    const { connections, traffic } = this.#options;
    const place = await connections.take(signal, { waits: false });
    let connection: Connection | undefined;
    const socket = this.#dial(destination);
    socket.once("close", () => place[Symbol.dispose]());
    try {
      const owned = this.#scope.own(() => (connection ? connection[Symbol.dispose]() : void socket.destroy()));
      socket.once("close", () => owned[Symbol.dispose]());
      await this.#connected(socket, destination, signal);
      connection = new TcpConnection({ socket, place: placeOf(destination), traffic, clock });
      return connection;
    } catch (error) {
      socket.destroy();
      throw isHostError(error) ? error : connectionFailed(`Cannot connect to ${placeOf(destination)}`, error);
    }
  }

  #dial(destination: Destination): Socket {
    const { host, port } = destination;
    if (destination.reach === "socket") {
      const toSocket = createConnection({ path: unixSocketPath(host), allowHalfOpen: true });
      return toSocket.on("error", () => undefined);
    }
    const refuse = (found: readonly ResolvedAddress[]): Error => this.#astray(destination, found);
    const socket = createConnection({
      host,
      port,
      lookup: guardedLookup(destination, this.#options.lookup ?? systemLookup, refuse),
      allowHalfOpen: true,
      noDelay: true,
    });
    return socket.on("error", () => undefined); // heard by whoever waits; none may be left unheard
  }

  async #connected(socket: Socket, destination: Destination, signal: AbortSignal): Promise<void> {
    const onTimeout = (): HostError =>
      new HostError(
        "CAPABILITY_FAILED",
        `Cannot connect to ${placeOf(destination)}: no connection within ${CONNECT_LIMIT_MS / 1_000} s`,
        { details: { reason: "ETIMEDOUT" } },
      );
    const limits = { clock: this.#scope.clock, limitMs: CONNECT_LIMIT_MS, signal, onTimeout };
    await runWithin(limits, (limited) => once(socket, "connect", { signal: limited }));
    signal.throwIfAborted();
    if (destination.reach === "socket") return;
    // The lookup decides already; this holds even if a future Node should connect past it.
    const address = socket.remoteAddress ?? "";
    if (!isReachable(destination, address)) throw this.#astray(destination, [{ address }]);
  }

  #destination(asked: ConnectRequest): Destination {
    const { host, port } = (asked ?? {}) as { host: unknown; port: unknown };
    if (typeof host !== "string" || typeof port !== "number") {
      throw malformed("Cannot connect: it must say host, a text, and port, a number");
    }
    const target = connectionTarget(host, port);
    if (!target)
      throw malformed(
        `Cannot connect to ${quoted(isUnixSocket(host) ? host : `${host}:${port}`)}: that is no host and port`,
      );
    const found = findDestination(this.#rules, target, "connection");
    const use = { kind: "connect", ...target } as const;
    if ("refused" in found || leadsHome(found)) {
      throw this.#scope.deny(
        "connect",
        use,
        `Cannot connect to ${placeOf(target)}: ${"refused" in found ? whyRefused(found) : NOT_GRANTED}`,
      );
    }
    this.#scope.used("connect", use, this.#options.grant.configuredFrom?.get(found.entry) ?? found.entry);
    return found;
  }

  #astray({ host, port }: Destination, addresses: readonly Pick<ResolvedAddress, "address">[]): HostError {
    const use = { kind: "connect", host, port } as const;
    const led = addresses.map(({ address }) => address).join(", ") || "no address";
    return this.#scope.deny("connect", use, `Cannot connect to ${placeOf({ host, port })}: ${ASTRAY}`, {
      what: `connect ${placeOf({ host, port })} at ${led}`,
    });
  }
}

function whyRefused({ refused, entries }: NetworkRefusal): string {
  if (refused === "host") return NOT_GRANTED;
  return `only requests by fetch were granted (${entries.join("; ")}), since the host cannot see what passes through a connection`;
}
