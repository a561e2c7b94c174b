import type { Socket } from "node:net";
import type { Clock } from "@berth/base";
import { type Connection, isHostError } from "@berth/contract";
import { failed, malformed, overLimit } from "../capability-errors.ts";
import { connectionFailed } from "./failure-reasons.ts";
import type { TrafficBudget } from "../traffic-budget.ts";

/** What {@link TcpConnection} needs. */
export interface TcpConnectionOptions {
  /** Connected, paused, and allowed to be half open. */
  socket: Socket;
  /** Host and port as the plugin named them, for messages. */
  place: string;
  traffic: TrafficBudget;
  clock: Clock;
}

const MOST_BYTES_A_WRITE = 1_048_576;
/** What a plugin that does not wait may pile up here. */
const MOST_BYTES_QUEUED = 4 * 1_048_576;
/** A pool keeps connections for minutes; what nobody has used for so long is forgotten, and holds a place others want. */
const IDLE_LIMIT_MS = 15 * 60_000;

/** An open TCP connection of a plugin. Bytes count against its budget in both directions. */
export class TcpConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #options: TcpConnectionOptions;
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  readonly #ended = new AbortController();
  #idleTimer: Disposable | undefined;
  #usedAtMs = 0;
  #isReading = false;

  constructor(options: TcpConnectionOptions) {
    const { socket, clock } = options;
    this.#options = options;
    this.remoteAddress = socket.remoteAddress ?? "";
    this.remotePort = socket.remotePort ?? 0;
    this.#chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>;
    socket.on("error", () => undefined); // whoever reads or writes next hears of it
    socket.once("close", () => this.#idleTimer?.[Symbol.dispose]());
    this.#usedAtMs = clock.monotonicMs();
    this.#watchIdle(IDLE_LIMIT_MS);
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#isReading) throw malformed(`Cannot read from ${this.#options.place}: another read is waiting`);
    this.#isReading = true;
    try {
      const chunk = await this.#nextChunk();
      if (chunk === undefined) return undefined;
      this.#touch();
      await this.#pay(chunk.length);
      return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    } finally {
      this.#isReading = false;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { socket, place } = this.#options;
    if (!(bytes instanceof Uint8Array)) throw malformed(`Cannot write to ${place}: what is written must be bytes`);
    if (bytes.length > MOST_BYTES_A_WRITE) {
      throw overLimit(`Cannot write to ${place}: ${bytes.length} bytes at once, allowed are ${MOST_BYTES_A_WRITE}`);
    }
    if (socket.writableLength + bytes.length > MOST_BYTES_QUEUED) {
      throw overLimit(`Cannot write to ${place}: more than ${MOST_BYTES_QUEUED} bytes wait to be sent already`);
    }
    this.#touch();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // A copy: the plugin may reuse its own. Handed over in this turn, so that an end that follows comes after it.
    const hasRoom = socket.write(new Uint8Array(bytes), (error) => (error ? reject(this.#broken(error)) : resolve()));
    if (hasRoom) promise.catch(() => undefined);
    await Promise.all([hasRoom ? undefined : promise, this.#pay(bytes.length)]);
  }

  end(): void {
    this.#options.socket.end();
  }

  [Symbol.dispose](): void {
    this.#options.socket.destroy();
    this.#ended.abort(failed(`Cannot go on with ${this.#options.place}: the connection was closed`));
  }

  async #nextChunk(): Promise<Buffer | undefined> {
    try {
      return (await this.#chunks.next()).value;
    } catch (error) {
      throw this.#broken(error);
    }
  }

  async #pay(bytes: number): Promise<void> {
    await this.#options.traffic.moved(bytes, this.#ended.signal);
  }

  #broken(error: unknown): Error {
    const { place, socket } = this.#options;
    const why = socket.errored ?? error;
    return isHostError(why) ? why : connectionFailed(`Cannot go on with ${place}`, why);
  }

  #touch(): void {
    this.#usedAtMs = this.#options.clock.monotonicMs();
  }

  #watchIdle(limitMs: number): void {
    const { clock, socket, place } = this.#options;
    this.#idleTimer = clock.setTimer(() => {
      const remainingMs = this.#usedAtMs + IDLE_LIMIT_MS - clock.monotonicMs();
      if (remainingMs > 0) return this.#watchIdle(remainingMs);
      const idle = `nothing was sent or received for ${IDLE_LIMIT_MS / 60_000} minutes`;
      socket.destroy(failed(`Cannot go on with ${place}: ${idle}`));
    }, limitMs);
  }
}
