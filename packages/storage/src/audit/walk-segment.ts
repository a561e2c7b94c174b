import { type AuditRecord, type ChainPoint, decodeRecord, MOST_LINE_BYTES } from "./audit-record.ts";

/** Where a segment goes wrong. */
export interface SegmentFault {
  /** Of the first byte of the line. */
  offset: number;
  why: string;
  /** Whether a write that was cut off can leave it: no such write leaves a whole record in a wrong place. */
  maybeTorn: boolean;
}

/** How far a segment is whole. */
export interface WalkedSegment extends ChainPoint {
  /** Up to where, in bytes. */
  end: number;
  fault?: SegmentFault;
}

const NEWLINE = 0x0a;

/** Goes through the bytes of a segment from `offset` on, which follows `before`, up to its end or the first line that is no record. */
export function walkSegment(
  bytes: Buffer,
  before: ChainPoint & { offset?: number },
  onRecord?: (record: AuditRecord, offset: number, length: number) => void,
): WalkedSegment {
  let point: ChainPoint = before;
  let offset = before.offset ?? 0;
  while (offset < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, offset);
    const end = newline === -1 ? bytes.length : newline;
    if (end - offset > MOST_LINE_BYTES) return stop(`a line of ${end - offset} bytes is no record`);
    const line = bytes.subarray(offset, end);
    const text = line.toString();
    // What is no UTF-8 would be read as other bytes than are there.
    const found =
      Buffer.byteLength(text) === line.length && line.equals(Buffer.from(text))
        ? decodeRecord(point, text)
        : { wrong: "it is no record" };
    if ("wrong" in found) return stop(found.wrong, found.isRecord !== true);
    if (newline === -1) return stop("it has no end");
    onRecord?.(found, offset, end + 1 - offset);
    point = found;
    offset = end + 1;
  }
  return { seq: point.seq, hash: point.hash, end: offset };

  function stop(why: string, maybeTorn = true): WalkedSegment {
    return { seq: point.seq, hash: point.hash, end: offset, fault: { offset, why, maybeTorn } };
  }
}
