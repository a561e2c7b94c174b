import type { ClientRequest, IncomingMessage, Agent as HttpAgent, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@berth/base";
import { type FetchRequest, type FetchResponse, type HostError, isHostError } from "@berth/contract";
import { type Destination, isReachable } from "@berth/kernel/permissions";
import { failed, overLimit, reasonOf } from "../capability-errors.ts";
import { decodeBody, tooLarge } from "./decode-body.ts";
import { guardedLookup, systemLookup } from "./guarded-lookup.ts";
import { type HeaderList, headerList, soleHeader } from "./header-list.ts";
import { type HttpTransport, type Lookup, REDIRECT_STATUSES } from "./http-transport.ts";

/** What {@link openNodeTransport} needs. */
export interface NodeTransportOptions {
  clock: Clock;
  maxResponseBytes: number;
  /** Tells of a name that leads where it may not, and gives the error. */
  refuse: (destination: Destination, addresses: readonly string[]) => HostError;
  lookup?: Lookup | undefined;
  /** Certificate authorities beside those Node trusts, PEM. */
  certificateAuthorities?: readonly string[] | undefined;
}

/** Name, connection and TLS together. */
const CONNECT_LIMIT_MS = 10_000;
const MOST_HEADER_BYTES = 32_768;
const IDLE_CONNECTION_MS = 5_000;
const CONNECTIONS = {
  keepAlive: true,
  maxSockets: 8,
  maxTotalSockets: 16,
  maxFreeSockets: 4,
  timeout: IDLE_CONNECTION_MS,
};

/**
 * Node's own HTTP client, loaded at the first request. Connections are kept for this plugin alone: one that another plugin opened
 * was checked against another grant.
 */
export function openNodeTransport(options: NodeTransportOptions): { send: HttpTransport } & Disposable {
  const agents = new Agents(options);
  const send: HttpTransport = async (request, destination, signal) => {
    const first = new Exchange(request, destination, options, agents);
    try {
      return await first.run(signal);
    } catch (error) {
      // The server closed a kept connection while the request was on its way: it saw nothing of it.
      if (!first.wasStale || !isRepeatable(request)) throw error;
      return await new Exchange(request, destination, options, agents).run(signal);
    }
  };
  return { send, [Symbol.dispose]: () => agents[Symbol.dispose]() };
}

function isRepeatable({ method }: FetchRequest): boolean {
  return method === "GET" || method === "HEAD";
}

/** The kept connections, one pool a scheme. */
class Agents implements Disposable {
  readonly #options: NodeTransportOptions;
  readonly #agents = new Map<string, HttpAgent>();

  constructor(options: NodeTransportOptions) {
    this.#options = options;
  }

  for(protocol: string): HttpAgent {
    const known = this.#agents.get(protocol);
    if (known) return known;
    const agent =
      protocol === "https:" ? this.#secureAgent() : new (process.getBuiltinModule("node:http").Agent)(CONNECTIONS);
    this.#agents.set(protocol, agent);
    return agent;
  }

  #secureAgent(): HttpAgent {
    const { Agent } = process.getBuiltinModule("node:https");
    const { certificateAuthorities: own } = this.#options;
    const ca = own && [...process.getBuiltinModule("node:tls").getCACertificates("default"), ...own];
    // Said, so that no environment variable can say otherwise.
    return new Agent({ ...CONNECTIONS, rejectUnauthorized: true, ...(ca ? { ca } : {}) });
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}

/** One request and its answer. */
class Exchange {
  readonly #request: FetchRequest;
  readonly #destination: Destination;
  readonly #options: NodeTransportOptions;
  readonly #agents: Agents;
  #wasStale = false;

  constructor(request: FetchRequest, destination: Destination, options: NodeTransportOptions, agents: Agents) {
    this.#request = request;
    this.#destination = destination;
    this.#options = options;
    this.#agents = agents;
  }

  /** Whether it failed on a kept connection before any answer came. */
  get wasStale(): boolean {
    return this.#wasStale;
  }

  async run(signal: AbortSignal): Promise<FetchResponse> {
    signal.throwIfAborted();
    const outgoing = this.#open();
    const onAbort = (): void => void outgoing.destroy(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#read(await this.#answer(outgoing));
    } catch (error) {
      if (isHostError(error)) throw error;
      this.#wasStale = outgoing.reusedSocket && !outgoing.res && CLOSED.has(reasonOf(error));
      throw this.#failure(error);
    } finally {
      signal.removeEventListener("abort", onAbort);
      // A refused, failed or unread answer goes with its connection; after one read to its end this does nothing.
      if (outgoing.res?.readableEnded !== true) outgoing.destroy();
    }
  }

  #open(): ClientRequest & { res?: IncomingMessage | null } {
    const url = new URL(this.#request.url);
    const isSecure = url.protocol === "https:";
    const { request } = isSecure ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
    const { host, port } = this.#destination;
    const refuse = (found: readonly { address: string }[]): Error =>
      this.#options.refuse(
        this.#destination,
        found.map(({ address }) => address),
      );
    const options: RequestOptions = {
      protocol: url.protocol,
      host,
      port,
      path: url.pathname + url.search,
      method: this.#request.method,
      agent: this.#agents.for(url.protocol),
      lookup: guardedLookup(this.#destination, this.#options.lookup ?? systemLookup, refuse),
      maxHeaderSize: MOST_HEADER_BYTES,
      insecureHTTPParser: false,
    };
    const outgoing: ClientRequest & { res?: IncomingMessage | null } = request(options);
    for (const [name, value] of this.#request.headers) outgoing.appendHeader(name, value);
    const { body } = this.#request;
    // Said for every method: without it the body of a DELETE would run into the next request.
    if (body !== undefined) outgoing.setHeader("content-length", body.length);
    outgoing.on("socket", (socket) => this.#guard(outgoing, socket, isSecure));
    return outgoing;
  }

  /** Watches the connection come about, and looks at where it ended. */
  #guard(outgoing: ClientRequest, socket: Socket, isSecure: boolean): void {
    if (!socket.connecting) return this.#assertReached(outgoing, socket);
    const limit = this.#options.clock.setTimer(() => {
      outgoing.destroy(failed(`${this.#cannot()}: no connection within ${CONNECT_LIMIT_MS / 1_000} s`));
    }, CONNECT_LIMIT_MS);
    const done = (): void => limit[Symbol.dispose]();
    socket.once("connect", () => this.#assertReached(outgoing, socket));
    socket.once(isSecure ? "secureConnect" : "connect", done);
    socket.once("close", done);
  }

  /** The lookup decides already; this holds even if a future Node should connect past it. */
  #assertReached(outgoing: ClientRequest, socket: Socket): void {
    const address = socket.remoteAddress;
    if (address === undefined || isReachable(this.#destination, address)) return;
    outgoing.destroy(this.#options.refuse(this.#destination, [address]));
  }

  #answer(outgoing: ClientRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      outgoing.on("error", reject);
      outgoing.on("response", resolve);
      outgoing.on("close", () => reject(failed(`${this.#cannot()}: the connection closed without an answer`)));
      outgoing.end(this.#request.body);
    });
  }

  async #read(incoming: IncomingMessage): Promise<FetchResponse> {
    const status = incoming.statusCode ?? 0;
    if (status < 200 || status > 599) throw failed(`${this.#cannot()}: it answered with status ${status}`);
    const headers = headerList(incoming.rawHeaders);
    const about = { status, statusText: incoming.statusMessage ?? "", url: this.#request.url };
    const isLeft = REDIRECT_STATUSES.has(status) && soleHeader(headers, "location") !== undefined;
    if (isLeft && this.#request.redirect !== "manual") {
      return { ...about, headers, body: new Uint8Array() };
    }
    const { maxResponseBytes } = this.#options;
    const raw = await readWhole(incoming, headers, this.#request.method === "HEAD" ? Infinity : maxResponseBytes);
    const { body, isDecoded } = await decodeBody(raw, headers, maxResponseBytes);
    return { ...about, headers: isDecoded ? withoutCoding(headers) : headers, body };
  }

  #failure(error: unknown): HostError {
    const reason = reasonOf(error);
    if (reason === "HPE_HEADER_OVERFLOW") {
      return overLimit(`${this.#cannot()}: the headers of the answer are larger than ${MOST_HEADER_BYTES} bytes`);
    }
    const sentence = reason.startsWith("HPE_") ? `the answer is not HTTP (${reason})` : (REASONS[reason] ?? reason);
    return failed(`${this.#cannot()}: ${sentence}`, error);
  }

  #cannot(): string {
    return `Cannot fetch from ${this.#destination.host}:${this.#destination.port}`;
  }
}

const CLOSED = new Set(["ECONNRESET", "EPIPE"]);

const REASONS: Record<string, string> = {
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name could not be looked up",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection broke off",
  ETIMEDOUT: "no connection came about",
};

async function readWhole(incoming: IncomingMessage, headers: HeaderList, maxBytes: number): Promise<Buffer> {
  if (Number(soleHeader(headers, "content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** They spoke of the compressed body. */
function withoutCoding(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => name !== "content-encoding" && name !== "content-length");
}
