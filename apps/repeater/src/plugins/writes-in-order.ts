import type { CommandOutput, EmitOutput } from "@berth/contract";
import type { ExecutorSink } from "../exec/executor.ts";

/** What a plugin emits, written one piece after the other on each stream, whether the plugin waits or not. */
export class WritesInOrder {
  readonly #sink: ExecutorSink;
  readonly #writing = { stdout: Promise.resolve(), stderr: Promise.resolve() };

  constructor(sink: ExecutorSink) {
    this.#sink = sink;
  }

  /** Resolves when the piece is written. That it failed is for {@link finish} to tell: a plugin may wait for nothing, and catch nothing. */
  readonly emit: EmitOutput = ({ stream, bytes }: CommandOutput): void | Promise<void> => {
    if (stream !== "stdout" && stream !== "stderr") return;
    const copy = Uint8Array.from(bytes);
    this.#writing[stream] = this.#writing[stream].then(() => this.#sink[stream](copy));
    return this.#writing[stream].catch(() => undefined);
  };

  /** Resolves when all is written. Rejects with what the sink failed with. */
  async finish(): Promise<void> {
    await Promise.all([this.#writing.stdout, this.#writing.stderr]);
  }
}
