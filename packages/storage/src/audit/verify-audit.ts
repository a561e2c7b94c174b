import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type AuditRecord, CHAIN_START, type ChainPoint } from "./audit-record.ts";
import { auditVerifier } from "./audit-key.ts";
import { type AuditPlaces, listSegments } from "./audit-segments.ts";
import { type AuditTail, decodeTails } from "./audit-tail.ts";
import { type WalkedSegment, walkSegment } from "./walk-segment.ts";

/** What it looks like that was done to an audit log. */
export type Tampering = "changed" | "removed" | "inserted" | "cut off" | "signed by another key";

/** The first thing that is wrong, and where. */
export interface AuditProblem {
  kind: Tampering;
  why: string;
  /** The file's name; absent when a whole one is gone. */
  file?: string;
  /** Of the first byte of the record. */
  offset?: number;
  /** The last record before it that can be trusted. */
  after: number;
}

/** What {@link verifyAudit} found. */
export interface AuditVerdict {
  isSound: boolean;
  problem?: AuditProblem;
  /** Whole records, all bound to each other. */
  records: number;
  segments: number;
  /** Signatures of the host that were checked. */
  heads: number;
  last: ChainPoint;
  /** When the last record was written. */
  lastAt?: number;
  /** The keys that signed, in the order they came into use. */
  keys: string[];
  /** Whole records behind the signed end: of a host that was killed before it could acknowledge them. Nobody vouches for them. */
  unsigned: number;
  /** A write that was cut off, or is under way: acknowledged to nobody, taken away by the next host that writes. */
  torn?: { file: string; offset: number; bytes: number };
}

/** How {@link verifyAudit} is done. */
export interface VerifyAuditOptions {
  /** The public key that is to have signed all of it; absent: those that the log itself names. */
  key?: string | undefined;
  /** How far the log is known to go from elsewhere. */
  known?: ChainPoint | undefined;
  /** Losses that hosts found themselves and told of in records up to this one have been looked at; those that follow are a problem. */
  knownLoss?: number | undefined;
  onProgress?: (done: { segments: number; of: number; records: number }) => void;
  signal?: AbortSignal | undefined;
}

/** Goes through the whole log: each record, each signature, and the end. Changes nothing. */
export async function verifyAudit(places: AuditPlaces, options: VerifyAuditOptions = {}): Promise<AuditVerdict> {
  return new Verification(places, options).run();
}

class Verification {
  readonly #places: AuditPlaces;
  readonly #options: VerifyAuditOptions;
  readonly #verdict: AuditVerdict = {
    isSound: true,
    records: 0,
    segments: 0,
    heads: 0,
    unsigned: 0,
    last: CHAIN_START,
    keys: [],
  };
  #point: ChainPoint = CHAIN_START;
  #check: ReturnType<typeof auditVerifier> | undefined;
  /** What was seen of records that the end of the log, or somebody elsewhere, speaks of. */
  readonly #seen = new Map<number, { hash: string; segment: number; end: number }>();
  /** What a host found and went on after: the chain is whole again from there, and that something is gone stays a problem. */
  #loss: AuditProblem | undefined;
  #tail: AuditTail | undefined;
  #tails: AuditTail[] = [];

  constructor(places: AuditPlaces, options: VerifyAuditOptions) {
    this.#places = places;
    this.#options = options;
    if (options.key !== undefined) this.#check = auditVerifier(options.key);
  }

  async run(): Promise<AuditVerdict> {
    // First: what is written meanwhile comes after it.
    const tails = decodeTails(await readOrEmpty(this.#places.tail));
    this.#tail = tails.tail;
    this.#tails = [tails.tail, tails.older].filter((tail) => tail !== undefined);
    const spokenOf = new Set(
      [...this.#tails, ...(this.#options.known ? [this.#options.known] : [])].map(({ seq }) => seq),
    );
    const segments = listSegments(this.#places);
    for (const [index, number] of segments.entries()) {
      this.#options.signal?.throwIfAborted();
      if (number !== index + 1) {
        this.#say("removed", `segment ${index + 1} is not there`);
        break;
      }
      await this.#segment(number, { isLast: number === segments.at(-1), spokenOf });
      if (this.#verdict.problem) break;
      this.#options.onProgress?.({ segments: index + 1, of: segments.length, records: this.#verdict.records });
    }
    if (!this.#verdict.problem) this.#checkEnd(segments.at(-1), tails.damaged.length > 0);
    if (!this.#verdict.problem && this.#loss) this.#verdict.problem = this.#loss;
    this.#verdict.unsigned = Math.max(0, this.#point.seq - (this.#tail?.seq ?? 0));
    this.#verdict.isSound = this.#verdict.problem === undefined;
    this.#verdict.last = { seq: this.#point.seq, hash: this.#point.hash };
    return this.#verdict;
  }

  async #segment(
    number: number,
    { isLast, spokenOf }: { isLast: boolean; spokenOf: ReadonlySet<number> },
  ): Promise<void> {
    const path = this.#places.segment(number);
    const file = basename(path);
    const bytes = await readFile(path);
    let bad: AuditProblem | undefined;
    const walked = walkSegment(bytes, this.#point, (record, offset, length) => {
      this.#verdict.records++;
      this.#verdict.lastAt = record.at;
      if (spokenOf.has(record.seq))
        this.#seen.set(record.seq, { hash: record.hash, segment: number, end: offset + length });
      const wrong = this.#own(record, number);
      if (wrong) bad ??= { ...wrong, file, offset, after: record.seq - 1 };
      if (record.kind === "audit.broken" && record.seq > (this.#options.knownLoss ?? 0))
        this.#loss ??= { kind: "removed", why: lossOf(record), file, offset, after: record.seq - 1 };
      this.#point = { seq: record.seq, hash: record.hash };
    });
    this.#verdict.segments++;
    if (bad) this.#verdict.problem = bad;
    else if (walked.fault) this.#fault(walked, { number, isLast, file, bytes });
  }

  /** A line that is no record: after what was acknowledged it is what a crash leaves. */
  #fault({ fault, end }: WalkedSegment, about: { number: number; isLast: boolean; file: string; bytes: Buffer }): void {
    const { number, isLast, file, bytes } = about;
    const { why, offset, maybeTorn } = fault!;
    const acknowledged = this.#tail?.segment === number ? this.#tail.end : 0;
    const isBehind =
      maybeTorn &&
      isLast &&
      offset >= acknowledged &&
      (this.#tail?.segment ?? number) <= number &&
      this.#point.seq >= (this.#tail?.seq ?? 0);
    if (isBehind) this.#verdict.torn = { file, offset: end, bytes: bytes.length - end };
    else this.#say(kindOf(why), why, { file, offset });
  }

  /** Records that the log writes for itself say what can be checked. */
  #own({ kind, seq, details }: AuditRecord, number: number): Pick<AuditProblem, "kind" | "why"> | undefined {
    if (kind === "audit.head") return this.#head(details, seq);
    if (kind === "audit.begun" || kind === "audit.segment") {
      if (details["segment"] !== number)
        return {
          kind: "inserted",
          why: `this is segment ${JSON.stringify(details["segment"])}, under the name of segment ${number}`,
        };
    } else if (kind !== "audit.key") return undefined;
    return this.#useKey(details["key"]);
  }

  #useKey(key: unknown): Pick<AuditProblem, "kind" | "why"> | undefined {
    const text = String(key);
    if (this.#verdict.keys.at(-1) === text) return undefined;
    this.#verdict.keys.push(text);
    const { key: wanted } = this.#options;
    if (wanted !== undefined) {
      if (wanted.trim() === text) return undefined;
      return { kind: "signed by another key", why: `it goes on under the key ${text}, which is another one` };
    }
    try {
      this.#check = auditVerifier(text);
    } catch {
      return { kind: "changed", why: "it names a key that is none" };
    }
    return undefined;
  }

  #head(details: AuditRecord["details"], seq: number): Pick<AuditProblem, "kind" | "why"> | undefined {
    const { seq: signed, hash, signature } = details;
    this.#verdict.heads++;
    const isOfThis = signed === seq - 1 && hash === this.#point.hash && typeof signature === "string";
    if (isOfThis && this.#check?.(this.#point, signature)) return undefined;
    return { kind: "signed by another key", why: "its signature is not of this log, or not of its key" };
  }

  #checkEnd(lastSegment: number | undefined, isDamaged: boolean): void {
    const { key, known } = this.#options;
    const tail = this.#tail;
    const [file, { seq }] = [basename(this.#places.tail), this.#point];
    if (isDamaged) return this.#say("changed", "the signed end of the log is no longer what a host wrote", { file });
    if (this.#tails.some((one) => seq > 0 && !this.#isSigned(one)))
      return this.#say("signed by another key", "the signature of the end is not by the key of this log", { file });
    if (tail && (tail.seq > seq || (tail.seq > 0 && tail.segment > (lastSegment ?? 0))))
      return this.#say("cut off", `records ${seq + 1} to ${tail.seq} were acknowledged and are not there`);
    const unlike = this.#tails.find((one) => one.seq > 0 && !this.#isWhere(one));
    if (unlike)
      return this.#say("changed", `record ${unlike.seq} is not the one that was acknowledged, or not where it was`, {
        file,
      });
    if (!tail && seq > 0) return this.#say("removed", "the signed end of the log is not there", { file });
    if (known && known.seq > seq)
      return this.#say("cut off", `records up to ${known.seq} were signed, as the database knows, and are not there`);
    if (known && known.seq > 0 && this.#seen.get(known.seq)?.hash !== known.hash)
      return this.#say("changed", `record ${known.seq} is not the one that was signed, as the database knows`);
    if (key !== undefined && seq === 0) return this.#say("removed", "there is no audit log, and a key for one");
  }

  #isWhere({ seq, hash, segment, end }: AuditTail): boolean {
    const seen = this.#seen.get(seq);
    return seen?.hash === hash && seen.segment === segment && seen.end === end;
  }

  #isSigned({ seq, hash, signature }: AuditTail): boolean {
    return this.#check?.({ seq, hash }, signature) ?? false;
  }

  #say(kind: Tampering, why: string, place: Pick<AuditProblem, "file" | "offset"> = {}): void {
    this.#verdict.problem = { kind, why, ...place, after: this.#point.seq };
  }
}

function lossOf({ seq, details: { why } }: AuditRecord): string {
  return `a host found that ${typeof why === "string" ? why : "something was gone"}, told of it in record ${seq}, and went on`;
}

function kindOf(why: string): Tampering {
  if (why.includes("missing before it")) return "removed";
  return why.includes("there already") ? "inserted" : "changed";
}

async function readOrEmpty(path: string): Promise<Buffer> {
  return statSync(path, { throwIfNoEntry: false }) ? readFile(path) : Buffer.alloc(0);
}
