import type { Peer, Stream } from "@berth/protocol";
import type { CallMessage } from "./messages.ts";

/**
 * Arguments as the method is to see them: what JSON cannot say is put back, and each function of the host is one that writes to the
 * host's stream.
 */
export class GuestArguments {
  readonly values: readonly unknown[];
  readonly #emitters: readonly Emitter[];

  constructor(peer: Peer, { args, functions, absent }: CallMessage) {
    const values = [...args];
    for (const at of absent ?? []) values[at] = undefined;
    this.#emitters = (functions ?? []).map(({ at, stream }) => {
      const emitter = new Emitter(peer.acceptStream(stream));
      values[at] = emitter.emit;
      return emitter;
    });
    this.values = values;
  }

  /** Waits until all that was emitted is on its way, so that it arrives before the method's answer. */
  async finish(): Promise<void> {
    await Promise.all(this.#emitters.map((emitter) => emitter.finish()));
  }
}

/** One function of the host. */
class Emitter {
  readonly #stream: Stream;
  #written: Promise<void> = Promise.resolve();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** May be awaited by a method that must not run ahead of the host; one that does not care loses nothing. */
  readonly emit = (item: unknown): Promise<void> => {
    // The host hears no more of a call that it gave up, and that is no failure of the one who emits.
    this.#written = this.#stream.write(item ?? null).catch(() => undefined);
    return this.#written;
  };

  async finish(): Promise<void> {
    await this.#written;
    this.#stream.end();
  }
}
