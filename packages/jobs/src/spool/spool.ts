import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** How much a {@link Spool} keeps. */
export interface SpoolOptions {
  /** Its own; made when it is not there. */
  folder: string;
  /** Of all that waits; beyond it the oldest lines give way. Default 64 MiB. */
  mostBytes?: number;
  /** Of one file. Default 1 MiB. */
  fileBytes?: number;
  /** Hears how many lines gave way. */
  onDropped?: (lines: number) => void;
}

/** Lines, and the number that the first of them has. */
export interface SpooledLines {
  first: number;
  lines: string[];
}

/** One file: the lines of it that still wait. */
interface Segment {
  name: string;
  /** Number of its first line that waits. */
  first: number;
  lines: number;
  bytes: number;
  /** Where that first line begins. */
  offset: number;
}

const MOST_BYTES = 64 * 2 ** 20;
const FILE_BYTES = 2 ** 20;
const CURSOR = "cursor";
/** In the middle, so that files can be put before the first. */
const FIRST_FILE = 500_000_000;
const NAME = /^(\d{9})\.lines$/;
const LINE_FEED = 0x0a;

/**
 * Lines on disk, first in, first out, that outlive the process. What was taken is kept note of after it was taken: a process that ends in
 * between finds it again. Nothing is synced: what a machine loses with its power is lost.
 */
export class Spool {
  readonly folder: string;
  readonly #mostBytes: number;
  readonly #fileBytes: number;
  readonly #onDropped: (lines: number) => void;
  #segments: Segment[] = [];
  #next = 0;

  constructor({ folder, mostBytes = MOST_BYTES, fileBytes = FILE_BYTES, onDropped = () => undefined }: SpoolOptions) {
    this.folder = folder;
    this.#mostBytes = mostBytes;
    this.#fileBytes = fileBytes;
    this.#onDropped = onDropped;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#readAll();
  }

  /** Lines that wait. */
  get count(): number {
    return this.#segments.reduce((sum, { lines }) => sum + lines, 0);
  }

  /** @param line without a line feed. */
  append(line: string): void {
    let last = this.#segments.at(-1);
    if (!last || last.offset + last.bytes >= this.#fileBytes) {
      last = this.#begin(last ? numberOf(last) + 1 : FIRST_FILE, this.#next);
      this.#segments.push(last);
    }
    const bytes = Buffer.from(`${line}\n`);
    appendFileSync(this.#path(last), bytes);
    last.lines++;
    last.bytes += bytes.length;
    this.#next++;
    this.#makeRoom();
  }

  /** The oldest lines, at least one where there is one. */
  peek(mostLines: number, mostBytes: number): SpooledLines {
    const [segment] = this.#segments;
    if (!segment) return { first: this.#next, lines: [] };
    const waiting = readFileSync(this.#path(segment)).subarray(segment.offset, segment.offset + segment.bytes);
    const lines: string[] = [];
    for (let from = 0; from < waiting.length && lines.length < mostLines;) {
      const end = waiting.indexOf(LINE_FEED, from);
      if (lines.length > 0 && end > mostBytes) break;
      lines.push(waiting.toString("utf8", from, end));
      from = end + 1;
    }
    return { first: segment.first, lines };
  }

  /**
   * Lets go of all lines before that number, but for those that are to be taken `again`: they come before all others. A process that ends
   * in between finds lines twice rather than not at all.
   */
  drop(before: number, again: readonly string[] = []): void {
    const back = again.length > 0 ? this.#writeFront(again) : undefined;
    // From here on they are found where they are now.
    if (back) this.#noteCursor([back]);
    while (this.#segments[0] && this.#segments[0].first + this.#segments[0].lines <= before) this.#removeFirst();
    const [segment] = this.#segments;
    if (segment && segment.first < before) this.#advance(segment, before - segment.first);
    if (back) this.#segments.unshift({ ...back, first: (segment?.first ?? this.#next) - back.lines });
    this.#noteCursor(this.#segments);
  }

  /** Takes the folder away if nothing waits in it. */
  tidy(): void {
    if (this.count === 0) rmSync(this.folder, { recursive: true, force: true });
  }

  #makeRoom(): void {
    let dropped = 0;
    let bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    while (bytes > this.#mostBytes && this.#segments.length > 1) {
      bytes -= this.#segments[0]!.bytes;
      dropped += this.#segments[0]!.lines;
      this.#removeFirst();
    }
    if (dropped > 0) this.#onDropped(dropped);
  }

  #advance(segment: Segment, lines: number): void {
    const waiting = readFileSync(this.#path(segment)).subarray(segment.offset);
    let passed = 0;
    for (let line = 0; line < lines; line++) passed = waiting.indexOf(LINE_FEED, passed) + 1;
    segment.offset += passed;
    segment.bytes -= passed;
    segment.first += lines;
    segment.lines -= lines;
  }

  #removeFirst(): void {
    rmSync(this.#path(this.#segments.shift()!), { force: true });
  }

  #begin(number: number, first: number): Segment {
    return { name: `${String(number).padStart(9, "0")}.lines`, first, lines: 0, bytes: 0, offset: 0 };
  }

  #writeFront(lines: readonly string[]): Segment {
    const [first] = this.#segments;
    const segment = this.#begin(first ? numberOf(first) - 1 : FIRST_FILE, 0);
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    writeFileSync(this.#path(segment), text, { mode: 0o600 });
    return { ...segment, lines: lines.length, bytes: text.length };
  }

  /** Which file is the first, and how far those are passed that are passed in part. */
  #noteCursor(segments: readonly Segment[]): void {
    const path = join(this.folder, CURSOR);
    const parts = segments.filter(({ offset }, at) => at === 0 || offset > 0);
    writeFileSync(`${path}.new`, parts.map(({ name, offset }) => `${name} ${offset}\n`).join(""), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  #readAll(): void {
    const noted = readIfThere(join(this.folder, CURSOR)).split("\n");
    const offsets = new Map(noted.map((line) => [line.split(" ", 1)[0]!, Number(line.split(" ")[1])]));
    const first = noted[0]!.split(" ", 1)[0]!;
    const names = readdirSync(this.folder).filter((file) => NAME.test(file));
    for (const file of names.toSorted()) {
      const segment = this.#begin(Number(NAME.exec(file)![1]), this.#next);
      // What was passed before the process ended.
      if (file < first) rmSync(this.#path(segment), { force: true });
      else this.#read(segment, offsets.get(file) ?? 0);
    }
  }

  #read(segment: Segment, offset: number): void {
    const path = this.#path(segment);
    const content = readFileSync(path);
    // A line without its end was not written to its end.
    const end = content.lastIndexOf(LINE_FEED) + 1;
    if (end < content.length) truncateSync(path, end);
    const from = Number.isSafeInteger(offset) && offset >= 0 && offset <= end ? offset : 0;
    let lines = 0;
    for (let at = content.indexOf(LINE_FEED, from); at !== -1 && at < end; at = content.indexOf(LINE_FEED, at + 1)) {
      lines++;
    }
    this.#segments.push({ ...segment, lines, bytes: end - from, offset: from });
    this.#next += lines;
  }

  #path({ name }: Segment): string {
    return join(this.folder, name);
  }
}

function numberOf({ name }: Segment): number {
  return Number(NAME.exec(name)![1]);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
