import { type Clock, systemClock } from "@berth/base";
import type { Duplex } from "node:stream";
import { HostError } from "@berth/contract";
import { protocolBroken } from "./broken.ts";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";
import type { Link, LinkReceiver, Message } from "./link.ts";
import { FIRST_FRAME_BYTES, MAX_FRAME_BYTES } from "./message-limits.ts";

/** How bytes and long text may cross; JSON lines always can. */
export type Encoding = "json" | "msgpack";

/** How a {@link socketLink} is made. */
export interface SocketLinkOptions {
  /** Most bytes of a frame, either way, once {@link SocketLink.acceptLargeFrames} was called. Default 64 MiB. */
  maxFrameBytes?: number;
  /** What this side reads. Default both. */
  encodings?: readonly Encoding[];
  /** Most bytes that may wait for the other side to read them; then the link ends. Default 256 MiB. */
  maxQueuedBytes?: number;
  /** Default that of the machine. */
  clock?: Clock;
}

/** A link over a socket, a pipe, or a pair of file descriptors. */
export interface SocketLink extends Link {
  /** Sends bytes and long text as MessagePack from now on: the other side said that it reads it. */
  useBinary(): void;
  /** The handshake is over: frames may be as large as `maxFrameBytes`, no longer 1 MiB. */
  acceptLargeFrames(): void;
}

/** Enough for a few of the largest frames; a side that leaves more lying does not read at all. */
const MAX_QUEUED_BYTES = 256 * 2 ** 20;

/** After a frame as long as this that took so long to read comes as long a rest: a side that sends them gets half of this thread. */
const LARGE_FRAME_BYTES = 2 ** 19;
const LONG_READ_MS = 20;
const LONGEST_REST_MS = 1_000;

/** A link of JSON lines, and binary frames beside them; see `docs/reference/protocol.md`. It owns the stream from here on. */
export function socketLink(stream: Duplex, options: SocketLinkOptions = {}): SocketLink {
  return new StreamLink(stream, options);
}

class StreamLink implements SocketLink {
  readonly #stream: Duplex;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #maxFrameBytes: number;
  readonly #maxQueuedBytes: number;
  readonly #clock: Clock;
  #rest: Disposable | undefined;
  #receiver: LinkReceiver | undefined;
  #isOver = false;

  constructor(stream: Duplex, options: SocketLinkOptions) {
    const { maxFrameBytes = MAX_FRAME_BYTES, encodings = ["json", "msgpack"], maxQueuedBytes, clock } = options;
    this.#stream = stream;
    this.#maxFrameBytes = maxFrameBytes;
    this.#maxQueuedBytes = maxQueuedBytes ?? MAX_QUEUED_BYTES;
    this.#clock = clock ?? systemClock;
    const firstBytes = Math.min(FIRST_FRAME_BYTES, maxFrameBytes);
    this.#reader = new FrameReader({ maxFrameBytes: firstBytes, readsBinary: encodings.includes("msgpack") });
    this.#writer = new FrameWriter(firstBytes);
  }

  get bufferedBytes(): number {
    return this.#stream.writableLength;
  }

  useBinary(): void {
    this.#writer.isBinary = true;
  }

  acceptLargeFrames(): void {
    this.#reader.maxFrameBytes = this.#maxFrameBytes;
    this.#writer.maxFrameBytes = this.#maxFrameBytes;
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    this.#stream.on("data", this.#onData);
    this.#stream.on("end", this.#onClose);
    this.#stream.on("close", this.#onClose);
    this.#stream.on("error", this.#onError);
  }

  send(messages: readonly Message[]): void {
    if (this.#isOver) return;
    const pieces = this.#writer.write(messages, (message, error) => this.#receiver?.onRefused(message, error));
    if (pieces.length === 1) this.#stream.write(pieces[0]);
    else this.#writeTogether(pieces);
    if (this.#stream.writableLength > this.#maxQueuedBytes) {
      this.#finish(protocolBroken(`${this.#stream.writableLength} bytes wait for it, and it does not read`));
    }
  }

  close(): void {
    this.#finish();
  }

  /** One system call for all. */
  #writeTogether(pieces: readonly (string | Uint8Array)[]): void {
    if (pieces.length === 0) return;
    this.#stream.cork();
    for (const piece of pieces) this.#stream.write(piece);
    this.#stream.uncork();
  }

  readonly #onData = (chunk: Buffer): void => {
    const startedMs = this.#clock.monotonicMs();
    if (this.#read(chunk) < LARGE_FRAME_BYTES || this.#isOver) return;
    const tookMs = this.#clock.monotonicMs() - startedMs;
    if (tookMs < LONG_READ_MS) return;
    this.#stream.pause();
    this.#rest = this.#clock.setTimer(() => this.#stream.resume(), Math.min(tookMs, LONGEST_REST_MS));
  };

  /** @returns the bytes of the frames that were completed. */
  #read(chunk: Buffer): number {
    const messages: unknown[] = [];
    let bytes = 0;
    let broken: Error | undefined;
    try {
      bytes = this.#reader.read(chunk, messages);
    } catch (error) {
      broken = error as Error;
    }
    // What came whole before the break counts.
    if (messages.length > 0) this.#receiver?.onMessages(messages, bytes);
    if (broken) this.#finish(broken);
    return bytes;
  }

  readonly #onClose = (): void => {
    this.#finish(
      this.#reader.isInFrame
        ? new HostError("PLUGIN_FAILED", "Cannot go on talking: the other side ended in the middle of a message")
        : undefined,
    );
  };

  readonly #onError = (error: Error): void => {
    this.#finish(error);
  };

  /** In order it waits until what was sent has left. */
  #finish(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#rest?.[Symbol.dispose]();
    const stream = this.#stream;
    stream.off("data", this.#onData);
    stream.off("end", this.#onClose);
    stream.off("close", this.#onClose);
    stream.off("error", this.#onError);
    // What still happens to it concerns nobody, and must not become an uncaught error.
    stream.on("error", () => undefined);
    if (error) stream.destroy();
    else stream.end(() => stream.destroy());
    this.#receiver?.onEnd(error);
  }
}
