import { once } from "node:events";
import { type Agent, type ClientRequest, type IncomingMessage, request as begin, type RequestOptions } from "node:http";
import { request as beginSecure } from "node:https";
import type { Socket } from "node:net";
import type { Clock } from "@berth/base";
import { type FetchRequest, type FetchResponse, type HostError, isHostError } from "@berth/contract";
import { type Destination, isReachable } from "@berth/kernel/permissions";
import { failed, overLimit, reasonOf } from "../capability-errors.ts";
import type { ConnectionBudget } from "../network/connection-budget.ts";
import { explainedReason } from "../network/failure-reasons.ts";
import { guardedLookup } from "../network/guarded-lookup.ts";
import { type Lookup, systemLookup } from "../network/lookup.ts";
import type { TrafficBudget } from "../traffic-budget.ts";
import { placeOf } from "../network/wording.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { type AnswerBound, decodeBody, tooLarge } from "./decode-body.ts";
import { type HeaderList, headerList, soleHeader } from "./header-list.ts";
import { type HttpTransport, REDIRECT_STATUSES } from "./http-transport.ts";

/** What {@link openNodeTransport} needs. */
export interface NodeTransportOptions {
  clock: Clock;
  connections: ConnectionBudget;
  traffic: TrafficBudget;
  maxResponseBytes: number;
  /** Told of an answer beyond that, and how large it is as far as that is known. */
  onTooLarge?: ((bytes: number) => void) | undefined;
  /** Tells of a name that leads where it may not, and gives the error. */
  refuse: (destination: Destination, addresses: readonly string[]) => HostError;
  lookup?: Lookup | undefined;
  /** Certificate authorities beside those Node trusts, PEM. */
  certificateAuthorities?: readonly string[] | undefined;
}

/** Name, connection and TLS together. */
const CONNECT_LIMIT_MS = 10_000;
const MOST_HEADER_BYTES = 32_768;
/** A body goes out in parts of this size, each paid for before the next. */
const PART_BYTES = 65_536;

/** Node's own HTTP client, loaded at the first request. */
export function openNodeTransport(options: NodeTransportOptions): { send: HttpTransport } & Disposable {
  const pool = new ConnectionPool(options);
  const send: HttpTransport = async (request, destination, signal) => {
    const first = new Exchange(request, destination, options, pool);
    try {
      return await first.run(signal);
    } catch (error) {
      // The server closed a kept connection while the request was on its way: it saw nothing of it.
      if (!first.wasStale || !isRepeatable(request)) throw error;
      return await new Exchange(request, destination, options, pool).run(signal);
    }
  };
  return { send, [Symbol.dispose]: () => pool[Symbol.dispose]() };
}

function isRepeatable({ method }: FetchRequest): boolean {
  return method === "GET" || method === "HEAD";
}

/** One request and its answer. */
class Exchange {
  readonly #request: FetchRequest;
  readonly #destination: Destination;
  readonly #options: NodeTransportOptions;
  readonly #pool: ConnectionPool;
  #wasStale = false;

  constructor(request: FetchRequest, destination: Destination, options: NodeTransportOptions, pool: ConnectionPool) {
    this.#request = request;
    this.#destination = destination;
    this.#options = options;
    this.#pool = pool;
  }

  /** Whether it failed on a kept connection before any answer came. */
  get wasStale(): boolean {
    return this.#wasStale;
  }

  async run(signal: AbortSignal): Promise<FetchResponse> {
    signal.throwIfAborted();
    const { origin } = new URL(this.#request.url);
    const { outgoing, answer } = await this.#pool.begin(origin, signal, (agent) => {
      const opened = this.#open(agent);
      const coming = this.#answer(opened, signal);
      coming.catch(() => undefined); // when nobody waits for it any more
      return { outgoing: opened, answer: coming };
    });
    const onAbort = (): void => void outgoing.destroy(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      return await this.#read(await answer, signal);
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

  #open(agent: Agent): ClientRequest & { res?: IncomingMessage | null } {
    const url = new URL(this.#request.url);
    const isSecure = url.protocol === "https:";
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
      agent,
      lookup: guardedLookup(this.#destination, this.#options.lookup ?? systemLookup, refuse),
      maxHeaderSize: MOST_HEADER_BYTES,
      insecureHTTPParser: false,
    };
    const outgoing: ClientRequest & { res?: IncomingMessage | null } = (isSecure ? beginSecure : begin)(options);
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

  #answer(outgoing: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      outgoing.on("error", reject);
      outgoing.on("response", resolve);
      outgoing.on("close", () => reject(failed(`${this.#cannot()}: the connection closed without an answer`)));
      // Its own failure shows as the request's; and an answer that came all the same is one.
      this.#send(outgoing, signal).catch((error: unknown) => outgoing.destroy(error as Error));
    });
  }

  async #send(outgoing: ClientRequest, signal: AbortSignal): Promise<void> {
    const { body = new Uint8Array(), headers } = this.#request;
    await this.#options.traffic.moved(sizeOf(headers), signal);
    let at = 0;
    for (; body.length - at > PART_BYTES && !outgoing.destroyed; at += PART_BYTES) {
      const part = body.subarray(at, at + PART_BYTES);
      if (!outgoing.write(part)) await Promise.race([once(outgoing, "drain"), once(outgoing, "close")]);
      await this.#options.traffic.moved(part.length, signal);
    }
    outgoing.end(body.subarray(at));
    await this.#options.traffic.moved(body.length - at, signal);
  }

  async #read(incoming: IncomingMessage, signal: AbortSignal): Promise<FetchResponse> {
    const status = incoming.statusCode ?? 0;
    if (status < 200 || status > 599) throw failed(`${this.#cannot()}: it answered with status ${status}`);
    const headers = headerList(incoming.rawHeaders);
    const paid = (bytes: number): Promise<void> => this.#options.traffic.moved(bytes, signal);
    await paid(sizeOf(headers));
    const about = { status, statusText: incoming.statusMessage ?? "", url: this.#request.url };
    const isLeft = REDIRECT_STATUSES.has(status) && soleHeader(headers, "location") !== undefined;
    if (isLeft && this.#request.redirect !== "manual") {
      return { ...about, headers, body: new Uint8Array() };
    }
    const isBodiless = this.#request.method === "HEAD";
    const raw = await readWhole(
      incoming,
      headers,
      isBodiless ? { ...this.#bound, maxBytes: Infinity } : this.#bound,
      paid,
    );
    const { body, isDecoded } = await decodeBody(raw, headers, this.#bound);
    return { ...about, headers: isDecoded ? withoutCoding(headers) : headers, body };
  }

  get #bound(): AnswerBound {
    const { maxResponseBytes: maxBytes, onTooLarge } = this.#options;
    const refused = (bytes: number): HostError => {
      onTooLarge?.(bytes);
      return tooLarge(maxBytes);
    };
    return { maxBytes, refused };
  }

  #failure(error: unknown): HostError {
    const reason = reasonOf(error);
    if (reason === "HPE_HEADER_OVERFLOW") {
      return overLimit(`${this.#cannot()}: the headers of the answer are larger than ${MOST_HEADER_BYTES} bytes`);
    }
    const sentence = reason.startsWith("HPE_") ? `the answer is not HTTP (${reason})` : explainedReason(reason);
    return failed(`${this.#cannot()}: ${sentence}`, error);
  }

  #cannot(): string {
    return `Cannot fetch from ${placeOf(this.#destination)}`;
  }
}

const CLOSED = new Set(["ECONNRESET", "EPIPE"]);

async function readWhole(
  incoming: IncomingMessage,
  headers: HeaderList,
  { maxBytes, refused }: AnswerBound,
  paid: (bytes: number) => Promise<void>,
): Promise<Buffer> {
  const announced = Number(soleHeader(headers, "content-length") ?? 0);
  if (announced > maxBytes) throw refused(announced);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw refused(length);
    chunks.push(chunk);
    await paid(chunk.length);
  }
  return Buffer.concat(chunks, length);
}

/** They spoke of the compressed body. */
function withoutCoding(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => name !== "content-encoding" && name !== "content-length");
}

/** About what headers take on the wire. */
function sizeOf(headers: HeaderList): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 64);
}
