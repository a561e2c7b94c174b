import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";
import { protocolBroken } from "./broken.ts";
import type { Link, LinkReceiver, Message } from "./link.ts";
import { MAX_BATCH, MAX_FRAME_BYTES } from "./message-limits.ts";
import { PLAIN, plainCopy } from "./plain-copy.ts";
import { asRefusal, refusal, unsendable } from "./refused.ts";
import { ValueScan } from "./value-scan.ts";

type PortEvent = "message" | "messageerror" | "error" | "close" | "exit";

/** What `MessagePort`, `Worker` and `parentPort` of `node:worker_threads` have in common. */
export interface Port {
  postMessage(value: unknown, transfer: ArrayBuffer[]): void;
  on(event: PortEvent, listener: (value: unknown) => void): unknown;
  off(event: PortEvent, listener: (value: unknown) => void): unknown;
  close?(): void;
}

/** How a {@link portLink} is made. */
export interface PortLinkOptions {
  /** Most bytes of one value, about, either way. Default 64 MiB. */
  maxBytes?: number;
}

/**
 * A link to another thread. The messages of a turn cross as one list, `[id, kind, value, …]`: three entries a message clone in half the
 * time that objects take. Bytes that were {@link give}n are handed over; everything else is copied. Closing it closes the port; of a
 * `Worker`, which has no `close`, it only stops listening.
 */
export function portLink(port: Port, { maxBytes = MAX_FRAME_BYTES }: PortLinkOptions = {}): Link {
  return new PortLink(port, maxBytes);
}

/** In the place of a method: this is the answer to a request, with a result or with an error. */
const RESULT = 0;
const ERROR = 1;

/** In the place of an id: nobody waits for an answer. */
const NO_ID = 0;

const NOTHING_GIVEN: ArrayBuffer[] = [];

/** Entries of a message in a frame. */
const ENTRIES = 3;

class PortLink implements Link {
  /** What a port holds back nobody can tell. */
  readonly bufferedBytes = 0;
  readonly #port: Port;
  readonly #maxBytes: number;
  readonly #scan = new ValueScan();
  #receiver: LinkReceiver | undefined;
  #isOver = false;

  constructor(port: Port, maxBytes: number) {
    this.#port = port;
    this.#maxBytes = maxBytes;
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    this.#port.on("message", this.#onFrame);
    this.#port.on("messageerror", this.#onError);
    this.#port.on("error", this.#onCrash);
    this.#port.on("close", this.#onClose);
    this.#port.on("exit", this.#onClose);
  }

  send(messages: readonly Message[]): void {
    if (messages.length === 1) return this.#sendOne(messages[0]!);
    if (messages.length <= MAX_BATCH) return this.#sendFrame(messages);
    for (let start = 0; start < messages.length; start += MAX_BATCH) {
      this.#sendFrame(messages.slice(start, start + MAX_BATCH));
    }
  }

  close(): void {
    this.#finish();
  }

  /** Most turns say one thing. A list that is written down as it is takes less room than one that grows. */
  #sendOne(message: Message): void {
    if (this.#isOver) return;
    try {
      const value = this.#checked("method" in message ? message.params : (message.error ?? message.result));
      const frame =
        "method" in message
          ? ["id" in message ? message.id : NO_ID, message.method, value]
          : [message.id, message.error === undefined ? RESULT : ERROR, value];
      this.#port.postMessage(frame, this.#scan.given ?? NOTHING_GIVEN);
    } catch (error) {
      this.#receiver?.onRefused(message, asRefusal(error));
    }
  }

  #sendFrame(messages: readonly Message[]): void {
    if (this.#isOver) return;
    const frame: unknown[] = [];
    let given = NOTHING_GIVEN;
    for (const message of messages) {
      try {
        this.#pack(frame, message);
      } catch (error) {
        this.#receiver?.onRefused(message, asRefusal(error));
        continue;
      }
      if (this.#scan.given) given = given.length > 0 ? union(given, this.#scan.given) : this.#scan.given;
    }
    if (frame.length === 0) return;
    try {
      this.#port.postMessage(frame, given);
    } catch (error) {
      // Alone, each tells whether it was the one.
      if (messages.length > 1) for (const message of messages) this.#sendFrame([message]);
      else this.#receiver?.onRefused(messages[0]!, unsendable(error));
    }
  }

  /** @throws HostError when the value cannot cross. */
  #pack(frame: unknown[], message: Message): void {
    if ("method" in message) {
      const params = this.#checked(message.params);
      frame.push("id" in message ? message.id : NO_ID, message.method, params);
    } else if (message.error === undefined) {
      const result = this.#checked(message.result);
      frame.push(message.id, RESULT, result);
    } else {
      frame.push(message.id, ERROR, this.#checked(message.error));
    }
  }

  #checked(value: unknown): unknown {
    const scan = this.#scan.reset();
    if (value === undefined) return undefined;
    scan.scan(value);
    const error = refusal(scan, this.#maxBytes);
    if (error) throw error;
    // A structured clone copies the whole buffer of a part: more than was meant, and a pool may hold what is not for others.
    return scan.isOdd || scan.hasParts ? plainCopy(value, PLAIN) : value;
  }

  readonly #onFrame = (frame: unknown): void => {
    if (this.#isOver) return;
    try {
      if (!Array.isArray(frame) || frame.length % ENTRIES !== 0 || frame.length > ENTRIES * MAX_BATCH) {
        throw protocolBroken("a message that is no frame");
      }
      let bytes = 0;
      const messages: Message[] = [];
      for (let at = 0; at < frame.length; at += ENTRIES) {
        const value = this.#checked(frame[at + 2]);
        bytes += this.#scan.bytes;
        messages.push(unpack(frame[at], frame[at + 1], value));
      }
      this.#receiver?.onMessages(messages, bytes);
    } catch (error) {
      this.#finish(protocolBroken("a frame that cannot be read", error));
    }
  };

  readonly #onError = (error: unknown): void => {
    this.#finish(protocolBroken("a value that cannot be read in this thread", error));
  };

  /** The thread behind a `Worker` threw. */
  readonly #onCrash = (error: unknown): void => {
    this.#finish(new HostError("PLUGIN_FAILED", `Cannot go on talking: ${errorMessage(error)}`, { cause: error }));
  };

  readonly #onClose = (): void => {
    this.#finish();
  };

  #finish(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#port.off("message", this.#onFrame);
    this.#port.off("messageerror", this.#onError);
    this.#port.off("error", this.#onCrash);
    this.#port.off("close", this.#onClose);
    this.#port.off("exit", this.#onClose);
    this.#port.close?.();
    this.#receiver?.onEnd(error);
  }
}

/** A buffer that two messages hold is handed over once. */
function union(some: readonly ArrayBuffer[], more: readonly ArrayBuffer[]): ArrayBuffer[] {
  return [...new Set([...some, ...more])];
}

/** Ids and methods are as they came: the peer checks them. */
function unpack(id: unknown, kind: unknown, value: unknown): Message {
  if (kind === RESULT) return { id: id as number, result: value };
  if (kind === ERROR) return { id: id as number, error: value as never };
  if (id === NO_ID) return { method: kind as string, params: value };
  return { id: id as number, method: kind as string, params: value };
}
