import { Emitter, jsonSize } from "@berth/base";
import type { LogRecord } from "./log.ts";

/** Of one source; enough to see what led to a failure. */
const MOST_LINES = 1_000;
const MOST_BYTES = 512 * 1_024;

/** Of all together: then the source that has most gives way, so that nobody pushes out what others said. */
const MOST_BYTES_IN_ALL = 16 * 2 ** 20;

const AT_ONCE = 32;

/** What a record takes beside its text. */
const OWN_BYTES = 120;

/** How much a {@link LogRing} keeps. */
export interface LogRingLimits {
  lines?: number;
  bytes?: number;
  bytesInAll?: number;
}

/** The last lines of the log of each source, for whoever asks later; and the next ones, for whoever listens. */
export class LogRing {
  readonly #limits: Required<LogRingLimits>;
  readonly #sources = new Map<string, SourceLines>();
  readonly #said = new Emitter<LogRecord>(() => undefined);
  #bytes = 0;

  constructor({ lines = MOST_LINES, bytes = MOST_BYTES, bytesInAll = MOST_BYTES_IN_ALL }: LogRingLimits = {}) {
    this.#limits = { lines, bytes, bytesInAll };
  }

  add(record: LogRecord): void {
    const { source } = record;
    let held = this.#sources.get(source);
    if (!held) this.#sources.set(source, (held = new SourceLines()));
    this.#bytes += held.push(record);
    while (held.count > this.#limits.lines || held.bytes > this.#limits.bytes) this.#bytes -= held.shift();
    while (this.#bytes > this.#limits.bytesInAll) this.#shrinkLargest();
    this.#said.emit(record);
  }

  /** What a source said, the oldest first. */
  of(source: string): LogRecord[] {
    return this.#sources.get(source)?.records() ?? [];
  }

  /** Lines that are kept from now on, until disposed. */
  onLine(listener: (record: LogRecord) => void): Disposable {
    return this.#said.on(listener);
  }

  #shrinkLargest(): void {
    let largest: [string, SourceLines] | undefined;
    for (const entry of this.#sources) if (!largest || entry[1].bytes > largest[1].bytes) largest = entry;
    if (!largest) return;
    // Some at once: to look for the largest takes as long as there are sources.
    for (let n = 0; n < AT_ONCE && largest[1].count > 0; n++) this.#bytes -= largest[1].shift();
    if (largest[1].count === 0) this.#sources.delete(largest[0]);
  }
}

/** Lines of one source. Those that are gone are skipped, and cut off when they are as many as the others. */
class SourceLines {
  #records: (LogRecord | undefined)[] = [];
  #sizes: number[] = [];
  #first = 0;
  bytes = 0;

  get count(): number {
    return this.#records.length - this.#first;
  }

  push(record: LogRecord): number {
    const { message, fields } = record;
    const size = OWN_BYTES + message.length + (fields ? jsonSize(fields) : 0);
    this.#records.push(record);
    this.#sizes.push(size);
    this.bytes += size;
    return size;
  }

  shift(): number {
    const size = this.#sizes[this.#first] ?? 0;
    this.#records[this.#first++] = undefined;
    this.bytes -= size;
    if (this.#first * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#first);
      this.#sizes = this.#sizes.slice(this.#first);
      this.#first = 0;
    }
    return size;
  }

  records(): LogRecord[] {
    return this.#records.slice(this.#first) as LogRecord[];
  }
}
