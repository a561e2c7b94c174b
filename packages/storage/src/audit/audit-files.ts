import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import type { Failpoints, JsonObject } from "@berth/base";
import { type AuditKey, openAuditKey } from "./audit-key.ts";
import { CHAIN_START, type ChainPoint, encodeRecord, type TimedAuditEntry } from "./audit-record.ts";
import { type AuditPlaces, listSegments } from "./audit-segments.ts";
import { decodeTails, encodeTail, SLOT_BYTES } from "./audit-tail.ts";
import { syncFolder } from "./sync-folder.ts";
import { walkSegment } from "./walk-segment.ts";

/** What {@link AuditFiles} needs. */
export interface AuditFilesOptions {
  places: AuditPlaces;
  now: () => number;
  failpoints?: Failpoints | undefined;
  /** A segment ends with the write that makes it larger. */
  segmentBytes: number;
  /** Hears how many bytes a line has, of those of the last segment: first of all that are there. */
  onLine: (plugin: string, bytes: number) => void;
  /** Another segment has begun. */
  onSegment: () => void;
}

interface AppendOptions {
  withHead?: boolean;
  onWritten?: (() => void) | undefined;
}

const syncData = promisify(fdatasync);
const PLUGIN = Buffer.from('"plugin":"');
const QUOTE = 0x22;
const NEWLINE = 0x0a;

/**
 * The files of an audit log, for one writer at a time: whoever calls has the lock, and has made the folder. Opening them finds where the log ends, and repairs what
 * a crash left: what follows the last whole record was acknowledged to nobody. What else is wrong is left for `verifyAudit` to show; the log
 * goes on behind it, and says so.
 */
export class AuditFiles implements Disposable {
  readonly #options: AuditFilesOptions;
  readonly #key: AuditKey;
  readonly #tailFile: number;
  #file: number | undefined;
  #segment = 0;
  #inode: number | undefined;
  #size = 0;
  #slot = 1;
  #point: ChainPoint = CHAIN_START;
  /** What has to be said before anything else. */
  #notes: TimedAuditEntry[] = [];
  #headSeq = 0;
  #isClosed = false;

  constructor(options: AuditFilesOptions) {
    const { places } = options;
    this.#options = options;
    this.#key = openAuditKey(places.key);
    this.#tailFile = openSync(places.tail, "a", 0o600);
    closeSync(this.#tailFile);
    this.#tailFile = openSync(places.tail, "r+");
    try {
      this.#beginTail();
      this.#find();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  get point(): ChainPoint {
    return this.#point;
  }

  /** Whether anything was written since the last signed head. */
  get hasNew(): boolean {
    return this.#point.seq > this.#headSeq;
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#file !== undefined) closeSync(this.#file);
    closeSync(this.#tailFile);
  }

  /**
   * Writes them all, or none; settled when they survive a power cut. After it has failed, these files are to be opened anew.
   *
   * @param options.onWritten called when they survive an end of the host.
   */
  async append(
    entries: readonly TimedAuditEntry[],
    { withHead = false, onWritten }: AppendOptions = {},
  ): Promise<void> {
    this.#catchUp();
    if (this.#file === undefined || this.#size >= this.#options.segmentBytes) await this.#beginSegment();
    await this.#write([...this.#notes.splice(0), ...entries], { withHead, onWritten });
  }

  async #write(entries: readonly TimedAuditEntry[], { withHead = false, onWritten }: AppendOptions): Promise<void> {
    const { failpoints, now, onLine } = this.#options;
    const [before, size] = [this.#point, this.#size];
    const lines: string[] = [];
    let point = before;
    const add = (entry: TimedAuditEntry): void => {
      const { line, seq, hash } = encodeRecord(point, entry);
      point = { seq, hash };
      lines.push(line);
    };
    for (const entry of entries) add(entry);
    if (withHead) add(headOf(point, this.#key, now()));
    const bytes = Buffer.from(`${lines.join("\n")}\n`);
    try {
      failpoints?.visitNow("audit.write");
      writeWhole(this.#file!, bytes, size);
      onWritten?.();
      failpoints?.visitNow("audit.sync");
      const synced = syncData(this.#file!);
      synced.catch(() => undefined);
      // While the disk works, and after those who only waited for the write: a signature takes as long as some records.
      await new Promise(setImmediate);
      const tail = encodeTail({
        ...point,
        segment: this.#segment,
        end: size + bytes.length,
        signature: this.#key.sign(point),
      });
      await synced;
      failpoints?.visitNow("audit.tail");
      this.#slot = 1 - this.#slot;
      // Synced with heads alone: after a power cut it may be an older one, never a newer one than the log.
      writeWhole(this.#tailFile, tail, this.#slot * SLOT_BYTES);
      if (withHead) await syncData(this.#tailFile);
    } catch (error) {
      cutBack(this.#file!, size);
      throw error;
    }
    failpoints?.visitNow("audit.done");
    this.#point = point;
    this.#size = size + bytes.length;
    if (withHead) this.#headSeq = point.seq;
    for (const [index, { plugin }] of entries.entries()) onLine(plugin, lines[index]!.length + 1);
  }

  /** The one before ends with a signed head. */
  async #beginSegment(): Promise<void> {
    const { places, failpoints, onSegment } = this.#options;
    if (this.#file !== undefined) {
      if (this.hasNew) await this.#write([], { withHead: true });
      closeSync(this.#file);
      this.#file = undefined;
    }
    const number = this.#segment + 1;
    const path = places.segment(number);
    failpoints?.visitNow("audit.segment");
    this.#file = openSync(path, "wx+", 0o600);
    syncFolder(places.folder);
    this.#segment = number;
    this.#inode = statSync(path).ino;
    this.#size = 0;
    onSegment();
    this.#notes.unshift(this.#firstNote());
  }

  /** With it each segment can be looked at by itself. */
  #firstNote(): TimedAuditEntry {
    const { seq, hash } = this.#point;
    const details = { segment: this.#segment, after: seq, hash, key: this.#key.publicKey };
    return noteOf(this.#options.now(), seq === 0 ? "audit.begun" : "audit.segment", details);
  }

  /** What others wrote since. */
  #catchUp(): void {
    const { places } = this.#options;
    const found =
      this.#file === undefined ? undefined : statSync(places.segment(this.#segment), { throwIfNoEntry: false });
    const { tail } = readTails(this.#tailFile);
    const isSame = found?.ino === this.#inode && found?.size === this.#size && (tail?.seq ?? 0) <= this.#point.seq;
    if (this.#file === undefined ? this.#point.seq > 0 || listSegments(places).length > 0 : !isSame) this.#find();
  }

  /** Before the first record there is an end to the log: one without has lost it. */
  #beginTail(): void {
    const { places } = this.#options;
    if (fstatSync(this.#tailFile).size > 0 || listSegments(places).length > 0) return;
    const tail = { ...CHAIN_START, segment: 1, end: 0, signature: this.#key.sign(CHAIN_START) };
    writeWhole(this.#tailFile, encodeTail(tail), 0);
    fdatasyncSync(this.#tailFile);
    syncFolder(places.folder);
  }

  /** Finds the end of the log, and what is to be said about the way there. */
  #find(): void {
    const { places, now } = this.#options;
    const read = readTails(this.#tailFile);
    const segments = listSegments(places);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#slot = read.slot;
    this.#notes = [];
    const note = (kind: string, details: JsonObject): void => void this.#notes.push(noteOf(now(), kind, details));
    const { tail } = read;
    const last = segments.at(-1);
    if (last === undefined && (tail?.seq ?? 0) === 0) return;
    if (read.damaged.length > 0)
      note("audit.repaired", { what: "the signed end of the log", slots: read.damaged.length });
    else if (!tail) note("audit.repaired", { what: "the signed end of the log, which was missing" });
    let fault = tail && !segments.includes(tail.segment) ? `segment ${tail.segment} is gone` : undefined;
    let isSigned = false;
    // From what is known to be whole; else all of it.
    const from = fault === undefined ? tail : undefined;
    let point: ChainPoint = from ?? CHAIN_START;
    let bytes: Buffer = Buffer.alloc(0);
    let end = 0;
    for (const number of segments.filter((one) => one >= (from?.segment ?? 0))) {
      bytes = readFileSync(places.segment(number));
      const start = number === from?.segment ? from.end : 0;
      if (start > bytes.length) fault ??= `segment ${number} is shorter than it was`;
      const walked = walkSegment(bytes, { ...point, offset: Math.min(start, bytes.length) }, ({ kind }) => {
        isSigned ||= kind === "audit.head";
      });
      point = walked;
      end = walked.end;
      if (walked.fault && (number !== last || !walked.fault.maybeTorn))
        fault ??= `segment ${number}, byte ${walked.fault.offset}: ${walked.fault.why}`;
    }
    const isBehind = fault !== undefined && tail !== undefined && tail.seq >= point.seq;
    const { seq, hash } = isBehind ? tail : point;
    this.#point = { seq, hash };
    this.#headSeq = seq;
    this.#segment = Math.max(last ?? 0, tail?.segment ?? 0);
    // Signatures come after the first acknowledgement, and that after the end was written down: no crash leaves them without it.
    if (!tail && isSigned) note("audit.broken", { why: "the signed end of the log was taken away" });
    if (fault === undefined) {
      if (tail && seq > tail.seq)
        note("audit.repaired", {
          what: "records that a host wrote and could not acknowledge",
          records: seq - tail.seq,
        });
      return this.#takeUp(bytes, end, note);
    }
    // Whatever was done to the files stays as it is, to be looked at.
    note("audit.broken", { why: fault });
  }

  /** Goes on in the last segment. */
  #takeUp(bytes: Buffer, end: number, note: (kind: string, details: JsonObject) => void): void {
    const { places, onSegment, onLine } = this.#options;
    const path = places.segment(this.#segment);
    this.#file = openSync(path, "r+");
    this.#inode = statSync(path).ino;
    this.#size = end;
    if (end < bytes.length) {
      const torn = bytes.subarray(end);
      const { createHash } = process.getBuiltinModule("node:crypto");
      note("audit.repaired", {
        what: "a write that a crash cut off, acknowledged to nobody",
        segment: this.#segment,
        offset: end,
        bytes: torn.length,
        sha256: createHash("sha256").update(torn).digest("hex"),
      });
      ftruncateSync(this.#file, end);
    }
    onSegment();
    if (end === 0) this.#notes.unshift(this.#firstNote());
    else if (keyOf(bytes) !== this.#key.publicKey) note("audit.key", { key: this.#key.publicKey });
    for (const { plugin, length } of linesOf(bytes.subarray(0, end))) onLine(plugin, length);
  }
}

/** What the log says of itself. */
function noteOf(at: number, kind: string, details: JsonObject): TimedAuditEntry {
  return { at, kind, plugin: "", text: JSON.stringify(details) };
}

/** The record by which the host vouches for everything before it. */
function headOf(point: ChainPoint, key: AuditKey, at: number): TimedAuditEntry {
  return noteOf(at, "audit.head", { ...point, signature: key.sign(point) });
}

function readTails(file: number): ReturnType<typeof decodeTails> {
  const bytes = Buffer.alloc(2 * SLOT_BYTES);
  return decodeTails(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)));
}

/** On a full disk the system writes what fits. */
function writeWhole(file: number, bytes: Buffer, at: number): void {
  if (writeSync(file, bytes, 0, bytes.length, at) < bytes.length)
    throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
}

function cutBack(file: number, size: number): void {
  try {
    ftruncateSync(file, size);
  } catch {
    // The next that opens it does so.
  }
}

/** The key that a segment began with. */
function keyOf(bytes: Buffer): unknown {
  try {
    const line = bytes.subarray(0, bytes.indexOf(NEWLINE)).toString();
    return (JSON.parse(line) as { details?: { key?: unknown } }).details?.key;
  } catch {
    return undefined;
  }
}

/** Whose lines they are, without reading all of them. */
function* linesOf(bytes: Buffer): Generator<{ plugin: string; length: number }> {
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start);
    const name = bytes.indexOf(PLUGIN, start) + PLUGIN.length;
    yield { plugin: bytes.subarray(name, bytes.indexOf(QUOTE, name)).toString(), length: end + 1 - start };
    start = end + 1;
  }
}
