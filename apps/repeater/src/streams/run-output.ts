import type { ExecutorSink } from "../exec/executor.ts";
import type { AppendFile } from "./append-file.ts";
import type { ByteStream } from "./byte-stream.ts";
import { Capture } from "./capture.ts";
import { chain, type LineFilter, PrefixLines, WholeLines } from "./line-filters.ts";

/** Where the output of commands goes. */
export interface RunOutputOptions {
  out: ByteStream;
  err: ByteStream;
  /** Whether the command's output is seen at all. */
  isShown: boolean;
  /** What stands before each line of a stream. */
  prefix?: ((stream: "stdout" | "stderr") => string) | undefined;
  /** Whether runs go on side by side. */
  isParallel: boolean;
  file?: AppendFile | undefined;
  /** How much of each stream is kept for who asks for it. */
  captureBytes: number;
}

/** What a run wrote, as far as it was kept. */
export interface CapturedText {
  stdout: string;
  stderr: string;
  isCut: boolean;
}

/** The output of one run. */
export interface OpenRunOutput {
  sink: ExecutorSink;
  /** After the last byte of the command. */
  end: () => Promise<CapturedText>;
}

/** Hands the output of runs on, each stream byte by byte in its order; a slow reader holds the command back. */
export class RunOutput {
  readonly #options: RunOutputOptions;

  constructor(options: RunOutputOptions) {
    this.#options = options;
  }

  open(): OpenRunOutput {
    const stdout = new RunStream(this.#options, "stdout");
    const stderr = new RunStream(this.#options, "stderr");
    return {
      sink: { stdout: (bytes) => stdout.push(bytes), stderr: (bytes) => stderr.push(bytes) },
      end: async () => {
        await stdout.end();
        await stderr.end();
        return { stdout: stdout.text(), stderr: stderr.text(), isCut: stdout.isCut || stderr.isCut };
      },
    };
  }
}

class RunStream {
  readonly #targets: ((bytes: Uint8Array) => void | Promise<void>)[] = [];
  readonly #filter: LineFilter | undefined;
  readonly #capture: Capture | undefined;

  constructor(options: RunOutputOptions, name: "stdout" | "stderr") {
    const { out, err, isShown, prefix, isParallel, file, captureBytes } = options;
    const stream = name === "stdout" ? out : err;
    if (isShown) this.#targets.push((bytes) => stream.write(bytes));
    if (file) this.#targets.push((bytes) => file.write(bytes));
    if (captureBytes > 0) this.#capture = new Capture(captureBytes);
    if (this.#targets.length === 0) return;
    const filters = [...(isParallel ? [new WholeLines()] : []), ...(prefix ? [new PrefixLines(prefix(name))] : [])];
    if (filters.length > 0) this.#filter = chain(filters);
  }

  get isCut(): boolean {
    return this.#capture?.isCut ?? false;
  }

  push(bytes: Uint8Array): void | Promise<void> {
    this.#capture?.add(bytes);
    return this.#write(this.#filter ? this.#filter.push(bytes) : bytes);
  }

  async end(): Promise<void> {
    if (this.#filter) await this.#write(this.#filter.end());
  }

  text(): string {
    return this.#capture?.text() ?? "";
  }

  #write(bytes: Uint8Array): void | Promise<void> {
    if (bytes.length === 0) return;
    const waits = this.#targets.map((write) => write(bytes)).filter((wait) => wait !== undefined);
    if (waits.length > 0) return Promise.all(waits).then(() => undefined);
  }
}
