import { MANIFEST_REVISION } from "../manifest/revision.ts";
import { checksum } from "./checksum.ts";

/**
 * The bytes of the index. Little is done to read it: the columns of numbers are viewed in place, the names come out of one
 * string, and a body is decoded only when somebody asks for it.
 *
 *     0  magic and format version, 8 bytes       16  bytes of text, u32
 *     8  checksum of all after it, u32           20  bytes of bodies, u32
 *    12  number of records, u32                  24  mark of byte order, u32; 4 bytes unused
 *    32  mtime, ctime, size, inode of each record, f64
 *        kind, end of body of each record, u32
 *        text: the revision of the rules, then all paths, all names, all versions, joined by NUL
 *        bodies, JSON
 */
const MAGIC = Buffer.from("BERTHIX\u0002", "latin1");
const HEADER_BYTES = 32;
const BYTE_ORDER_MARK = 0x01020304;
const TIMES_PER_RECORD = 4;
const MARKS_PER_RECORD = 2;

/** An index beyond this is damaged or hostile. 10,000 plugins take some 10 MB. */
export const MAX_INDEX_BYTES = 128 * 1_024 * 1_024;

/**
 * What is remembered of one file: a manifest that can be used, a file with problems, or a `package.json` with its answer to
 * where its manifest is. The order is that of the numbers in the file.
 */
export const RECORD_KINDS = ["manifest", "problems", "package"] as const;

export type RecordKind = (typeof RECORD_KINDS)[number];

/** By what a change of a file shows. */
export interface Signature {
  mtimeMs: number;
  ctimeMs: number;
  size: number;
  ino: number;
}

export interface IndexRecord {
  readonly path: string;
  readonly signature: Signature;
  readonly kind: RecordKind;
  /** Of the plugin, for a manifest; else empty. */
  readonly name: string;
  readonly version: string;
  /** JSON, as text or as its bytes in UTF-8. */
  readonly body: string | Uint8Array;
}

/** The parts of an index, all of the same length. */
export interface IndexColumns {
  readonly count: number;
  readonly paths: readonly string[];
  readonly names: readonly string[];
  readonly versions: readonly string[];
  /** Four numbers a record: mtime, ctime, size, inode. */
  readonly times: Float64Array;
  /** `undefined` in an index that something else has made. */
  kindOf(record: number): RecordKind | undefined;
  bodyOf(record: number): Uint8Array;
}

export function encodeIndex(records: readonly IndexRecord[]): Uint8Array {
  const times = new Float64Array(records.length * TIMES_PER_RECORD);
  const marks = new Uint32Array(records.length * MARKS_PER_RECORD);
  const bodies: Uint8Array[] = [];
  let bodyEnd = 0;
  records.forEach(({ signature, kind, body }, index) => {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    bodies.push(bytes);
    bodyEnd += bytes.length;
    times.set([signature.mtimeMs, signature.ctimeMs, signature.size, signature.ino], index * TIMES_PER_RECORD);
    marks.set([RECORD_KINDS.indexOf(kind), bodyEnd], index * MARKS_PER_RECORD);
  });
  const columns = (["path", "name", "version"] as const).flatMap((column) => records.map((record) => record[column]));
  const text = Buffer.from([MANIFEST_REVISION, ...columns].join("\0"));
  const counts = [records.length, text.length, bodyEnd, BYTE_ORDER_MARK];
  return seal(counts, [bytesOf(times), bytesOf(marks), text, ...bodies]);
}

function seal(counts: readonly number[], parts: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat([new Uint8Array(HEADER_BYTES), ...parts]);
  MAGIC.copy(bytes);
  counts.forEach((count, index) => writeWord(bytes, 12 + 4 * index, count));
  writeWord(bytes, 8, checksum(bytes.subarray(12)));
  return bytes;
}

/**
 * The index in `bytes`, or `undefined` if they are anything but a whole one of this format and these rules. `bytes` must begin
 * where a number of eight bytes may, as those of a buffer of its own do.
 */
export function decodeIndex(bytes: Uint8Array): IndexColumns | undefined {
  const layout = readLayout(bytes);
  if (layout === undefined || checksum(bytes.subarray(12)) !== readWord(bytes, 8)) return undefined;
  const { count, marksStart, textStart, bodiesStart } = layout;
  const words = decodeText(bytes.subarray(textStart, bodiesStart)).split("\0");
  if (words[0] !== MANIFEST_REVISION || words.length !== 1 + 3 * count) return undefined;
  const marks = new Uint32Array(bytes.buffer, bytes.byteOffset + marksStart, count * MARKS_PER_RECORD);
  const bodyEnd = (record: number): number => (record < 0 ? 0 : marks[record * MARKS_PER_RECORD + 1]!);
  return {
    count,
    paths: words.slice(1, 1 + count),
    names: words.slice(1 + count, 1 + 2 * count),
    versions: words.slice(1 + 2 * count),
    times: new Float64Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, count * TIMES_PER_RECORD),
    kindOf: (record) => RECORD_KINDS[marks[record * MARKS_PER_RECORD]!],
    bodyOf: (record) => bytes.subarray(bodiesStart + bodyEnd(record - 1), bodiesStart + bodyEnd(record)),
  };
}

interface Layout {
  count: number;
  marksStart: number;
  textStart: number;
  bodiesStart: number;
}

/** Where the parts begin, if the header is ours and they fill the file exactly. */
function readLayout(bytes: Uint8Array): Layout | undefined {
  if (bytes.length < HEADER_BYTES || MAGIC.compare(bytes, 0, MAGIC.length) !== 0) return undefined;
  if (readWord(bytes, 24) !== BYTE_ORDER_MARK) return undefined;
  const count = readWord(bytes, 12);
  const marksStart = HEADER_BYTES + count * TIMES_PER_RECORD * Float64Array.BYTES_PER_ELEMENT;
  const textStart = marksStart + count * MARKS_PER_RECORD * Uint32Array.BYTES_PER_ELEMENT;
  const bodiesStart = textStart + readWord(bytes, 16);
  return bodiesStart + readWord(bytes, 20) === bytes.length ? { count, marksStart, textStart, bodiesStart } : undefined;
}

// In the byte order of the machine, as the columns are.
function readWord(bytes: Uint8Array, offset: number): number {
  return new Uint32Array(bytes.buffer, bytes.byteOffset + offset, 1)[0]!;
}

function writeWord(bytes: Uint8Array, offset: number, value: number): void {
  new Uint32Array(bytes.buffer, bytes.byteOffset + offset, 1)[0] = value;
}

function decodeText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function bytesOf(view: Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
