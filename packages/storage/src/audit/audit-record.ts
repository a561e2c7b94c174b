import type { JsonObject } from "@berth/base";

/** Something that whoever answers for the host may be asked about. */
export interface AuditEntry {
  /** Counts up over all entries, without a gap. */
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  /** What happened, such as `grant.given`. */
  kind: string;
  /** Whom it concerns: a plugin's name, or empty. */
  plugin: string;
  /** The facts; `by` is who gave the order. */
  details: JsonObject;
}

/** What an audit log is told. */
export type NewAuditEntry = Omit<AuditEntry, "seq" | "at">;

/** What is to be written: `text` is the details as JSON, so that what has none is refused before it meets others. */
export interface TimedAuditEntry extends Pick<AuditEntry, "at" | "kind" | "plugin"> {
  text: string;
}

/** A place in the chain: the last entry up to there, and the hash that stands for all of them. */
export interface ChainPoint {
  seq: number;
  hash: string;
}

/** An entry as it is in a segment. */
export interface AuditRecord extends AuditEntry {
  /** SHA-256 over the hash of the record before and this record's own text. */
  hash: string;
}

/** Before the first record. */
export const CHAIN_START: ChainPoint = { seq: 0, hash: "0".repeat(64) };

/** A longer line is none of ours. */
export const MOST_LINE_BYTES = 131_072;

// `,"hash":"` 64 digits `"}`: always the last field, so that what is hashed is the line as it is, up to there.
const HASH_FIELD = ',"hash":"';
const HASH_END = '"}';
const HASH_LENGTH = HASH_FIELD.length + 64 + HASH_END.length;

/** One line without its newline, and the point it ends at. */
export function encodeRecord(
  before: ChainPoint,
  { at, kind, plugin, text }: TimedAuditEntry,
): ChainPoint & { line: string } {
  const seq = before.seq + 1;
  const head = `{"seq":${seq},"at":${at},"kind":${JSON.stringify(kind)},"plugin":${JSON.stringify(plugin)},"details":${text}`;
  const hash = hashOf(before.hash, head);
  return { seq, hash, line: `${head}${HASH_FIELD}${hash}${HASH_END}` };
}

/** The record that follows `before`, or what is wrong with the line: to the byte, since its text is what was hashed. */
export function decodeRecord(before: ChainPoint, line: string): AuditRecord | { wrong: string; isRecord?: boolean } {
  const cut = line.length - HASH_LENGTH;
  const tail = line.slice(cut);
  if (cut <= 0 || !tail.startsWith(HASH_FIELD) || !tail.endsWith(HASH_END)) return { wrong: "it is no record" };
  const hash = tail.slice(HASH_FIELD.length, -HASH_END.length);
  const head = line.slice(0, cut);
  const entry = parseHead(head);
  if (entry === undefined) return { wrong: "it is no record" };
  if (entry.seq !== before.seq + 1) return { wrong: orderWords(before.seq + 1, entry.seq), isRecord: true };
  if (hashOf(before.hash, head) !== hash)
    return { wrong: "its hash does not follow from its text and the record before: one of the two was changed" };
  return { ...entry, hash };
}

function orderWords(expected: number, found: number): string {
  if (found > expected) {
    const [missing, verb] = found - expected === 1 ? [`${expected}`, "is"] : [`${expected} to ${found - 1}`, "are"];
    return `record ${missing} ${verb} missing before it: taken out, or out of order`;
  }
  return `it is record ${found}, which is there already: put in twice, or out of order`;
}

function parseHead(head: string): AuditEntry | undefined {
  try {
    const { seq, at, kind, plugin, details } = JSON.parse(`${head}}`) as Partial<AuditEntry>;
    const isEntry =
      Number.isSafeInteger(seq) && typeof at === "number" && typeof kind === "string" && typeof plugin === "string";
    if (!isEntry || typeof details !== "object" || details === null) return undefined;
    return { seq: seq!, at, kind, plugin, details };
  } catch {
    return undefined;
  }
}

function hashOf(before: string, text: string): string {
  // Not imported: node:crypto takes 5 ms, which a start that changes nothing need not pay.
  return process.getBuiltinModule("node:crypto").hash("sha256", before + text, "hex");
}
