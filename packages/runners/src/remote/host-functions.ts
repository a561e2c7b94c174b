import type { Peer, Stream } from "@berth/protocol";
import type { FunctionArgument } from "@berth/sdk/runtime";

/** Arguments in the form that crosses to the plugin. */
export interface SentArguments {
  args: readonly unknown[];
  functions?: FunctionArgument[];
  absent?: number[];
}

/**
 * Arguments of one call that JSON cannot say: a function is replaced by a stream whose items it is called with, in order, and
 * `undefined` by its position. A function that returns a promise is called again when that has resolved; meanwhile the stream's window
 * holds the plugin back. Made only for a call that has such arguments.
 */
export class HostFunctions implements Disposable {
  readonly sent: SentArguments;
  readonly #streams: Stream[] = [];
  readonly #read: Promise<void>[] = [];

  constructor(peer: Peer, args: readonly unknown[]) {
    const functions: FunctionArgument[] = [];
    const absent: number[] = [];
    const values = args.map((value, at) => {
      if (typeof value === "function") functions.push({ at, stream: this.#open(peer, value) });
      else if (value === undefined) absent.push(at);
      else return value;
      return null;
    });
    this.sent = {
      args: values,
      ...(functions.length > 0 ? { functions } : {}),
      ...(absent.length > 0 ? { absent } : {}),
    };
  }

  static areIn(args: readonly unknown[]): boolean {
    return args.some((value) => typeof value === "function" || value === undefined);
  }

  /** Resolves when all that the method emitted has arrived. Rejects with what a function threw, or when `signal` fires. */
  async arrived(signal: AbortSignal): Promise<void> {
    // A function may be waiting for something of its own, which no reset of a stream ends.
    const { promise: isGivenUp, reject } = Promise.withResolvers<never>();
    const giveUp = (): void => {
      for (const stream of this.#streams) stream.reset(signal.reason as Error);
      reject(signal.reason);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
    try {
      await Promise.race([Promise.all(this.#read), isGivenUp]);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** What comes from now on is not heard. */
  [Symbol.dispose](): void {
    const over = new Error("The call is over");
    for (const stream of this.#streams) stream.reset(over);
  }

  #open(peer: Peer, hear: Function): number {
    const stream = peer.openStream();
    this.#streams.push(stream);
    // Nothing goes that way, and a stream is only over when both ways are.
    stream.end();
    const read = hearAll(stream, hear);
    // The call may fail before anybody asks whether all has arrived.
    read.catch(() => undefined);
    this.#read.push(read);
    return stream.id;
  }
}

async function hearAll(stream: Stream, hear: Function): Promise<void> {
  try {
    for (let item = await stream.read(); item !== undefined; item = await stream.read()) {
      const taken: unknown = (hear as (item: unknown) => unknown)(item);
      if (taken instanceof Promise) await taken;
    }
  } catch (error) {
    // Nobody reads on, so the plugin must not wait for room.
    stream.reset(error as Error);
    throw error;
  }
}
