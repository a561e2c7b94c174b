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

/** Hands the output of runs on, each stream byte by byte in its order; a slow reader holds the command back. */
export class RunOutput {
  readonly #stdout: StreamWay;
  readonly #stderr: StreamWay;

  constructor(options: RunOutputOptions) {
    this.#stdout = wayOf(options, "stdout");
    this.#stderr = wayOf(options, "stderr");
  }

  open(): OpenRunOutput {
    return new OpenRunOutput(this.#stdout, this.#stderr);
  }
}

/** The output of one run. Most write nothing to one of the streams, or to both: what a stream needs is made with its first byte. */
export class OpenRunOutput implements ExecutorSink {
  readonly #outWay: StreamWay;
  readonly #errWay: StreamWay;
  #stdout: RunStream | undefined = undefined;
  #stderr: RunStream | undefined = undefined;

  constructor(outWay: StreamWay, errWay: StreamWay) {
    this.#outWay = outWay;
    this.#errWay = errWay;
  }

  stdout(bytes: Uint8Array): void | Promise<void> {
    return (this.#stdout ??= new RunStream(this.#outWay)).push(bytes);
  }

  stderr(bytes: Uint8Array): void | Promise<void> {
    return (this.#stderr ??= new RunStream(this.#errWay)).push(bytes);
  }

  /** After the last byte of the command. */
  end(): CapturedText | Promise<CapturedText> {
    const [out, err] = [this.#stdout?.end(), this.#stderr?.end()];
    return out || err ? Promise.all([out, err]).then(() => this.#captured()) : this.#captured();
  }

  #captured(): CapturedText {
    const [out, err] = [this.#stdout, this.#stderr];
    return {
      stdout: out?.text() ?? "",
      stderr: err?.text() ?? "",
      isCut: out?.isCut === true || err?.isCut === true,
    };
  }
}

/** What the streams of one name have in common in all runs. */
interface StreamWay {
  targets: readonly Target[];
  newFilter: (() => LineFilter) | undefined;
  captureBytes: number;
}

type Target = (bytes: Uint8Array) => void | Promise<void>;

function wayOf(options: RunOutputOptions, name: "stdout" | "stderr"): StreamWay {
  const { out, err, isShown, prefix, isParallel, file, captureBytes } = options;
  const stream = name === "stdout" ? out : err;
  const targets: Target[] = [];
  if (isShown) targets.push((bytes) => stream.write(bytes));
  if (file) targets.push((bytes) => file.write(bytes));
  const newFilter = (): LineFilter =>
    chain([...(isParallel ? [new WholeLines()] : []), ...(prefix ? [new PrefixLines(prefix(name))] : [])]);
  const isFiltered = targets.length > 0 && (isParallel || prefix !== undefined);
  return { targets, newFilter: isFiltered ? newFilter : undefined, captureBytes };
}

/** One stream of one run, from its first byte. */
class RunStream {
  readonly #targets: readonly Target[];
  readonly #filter: LineFilter | undefined;
  readonly #capture: Capture | undefined;

  constructor({ targets, newFilter, captureBytes }: StreamWay) {
    this.#targets = targets;
    this.#filter = newFilter?.();
    this.#capture = captureBytes > 0 ? new Capture(captureBytes) : undefined;
  }

  get isCut(): boolean {
    return this.#capture?.isCut ?? false;
  }

  push(bytes: Uint8Array): void | Promise<void> {
    this.#capture?.add(bytes);
    return this.#write(this.#filter ? this.#filter.push(bytes) : bytes);
  }

  end(): void | Promise<void> {
    if (this.#filter) return this.#write(this.#filter.end());
  }

  text(): string {
    return this.#capture?.text() ?? "";
  }

  #write(bytes: Uint8Array): void | Promise<void> {
    if (bytes.length === 0) return;
    let waiting: Promise<void> | undefined;
    for (const write of this.#targets) {
      const wait = write(bytes);
      if (wait !== undefined) waiting = waiting ? Promise.all([waiting, wait]).then(() => undefined) : wait;
    }
    return waiting;
  }
}
