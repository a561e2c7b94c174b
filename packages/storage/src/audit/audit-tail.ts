import type { ChainPoint } from "./audit-record.ts";

/** The end of the log as it was when its last records were acknowledged. */
export interface AuditTail extends ChainPoint {
  /** The number of the last segment. */
  segment: number;
  /** How many bytes of it there are. */
  end: number;
  /** Over the point, by the host's key. */
  signature: string;
}

/** Two, so that one is whole whatever a power cut does to the other: a sector each. */
export const SLOT_BYTES = 512;

/** What is in one slot; padded, since it is written over the one before. */
export function encodeTail({ seq, hash, segment, end, signature }: AuditTail): Buffer {
  return Buffer.from(`${JSON.stringify({ seq, hash, segment, end, signature }).padEnd(SLOT_BYTES - 1)}\n`);
}

/** What was read of the file of both. */
export interface ReadTails {
  /** The newer of what is whole. */
  tail?: AuditTail;
  /** The one before it. */
  older?: AuditTail;
  /** The slot that `tail` is in. */
  slot: number;
  /** Slots that hold something else than a tail or nothing. */
  damaged: number[];
}

export function decodeTails(bytes: Buffer): ReadTails {
  const read: ReadTails = { slot: 1, damaged: [] };
  for (const slot of [0, 1]) {
    const part = bytes.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
    if (part.every((byte) => byte === 0)) continue;
    const tail = decodeTail(part);
    if (!tail) read.damaged.push(slot);
    else if (!read.tail) Object.assign(read, { tail, slot });
    else if (tail.seq > read.tail.seq) Object.assign(read, { tail, slot, older: read.tail });
    else read.older = tail;
  }
  return read;
}

function decodeTail(part: Buffer): AuditTail | undefined {
  try {
    const { seq, hash, segment, end, signature } = JSON.parse(part.toString()) as Partial<AuditTail>;
    const isTail =
      [seq, segment, end].every(Number.isSafeInteger) && typeof hash === "string" && typeof signature === "string";
    if (!isTail) return undefined;
    const tail = { seq, hash, segment, end, signature } as AuditTail;
    // To the byte: padding that somebody wrote into is no tail either.
    return encodeTail(tail).equals(part) ? tail : undefined;
  } catch {
    return undefined;
  }
}
