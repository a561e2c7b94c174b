import { readFileSync } from "node:fs";
import type { AuditEntry, AuditRecord } from "./audit-record.ts";
import { type AuditPlaces, listSegments } from "./audit-segments.ts";

/** Which entries are wanted. */
export interface AuditQuery {
  plugin?: string | undefined;
  /** `grant.given`, or all that begins with `grant.`. */
  kind?: string | undefined;
  /** Who gave the order. */
  by?: string | undefined;
  /** From then on, milliseconds since 1970. */
  since?: number | undefined;
  /** Only later entries than that one. */
  after?: number | undefined;
  /** At most so many, the newest. Default 100. */
  limit?: number | undefined;
  /** Also what the log writes for itself: where segments begin, signed heads. */
  all?: boolean | undefined;
}

const BOOKKEEPING = new Set(["audit.begun", "audit.segment", "audit.head"]);

/** The newest first. Reads what is there, whether it can be trusted or not: `verifyAudit` finds that out. */
export function readAudit(places: AuditPlaces, query: AuditQuery = {}): AuditRecord[] {
  const { limit = 100, after = 0 } = query;
  const found: AuditRecord[] = [];
  for (const number of listSegments(places).toReversed()) {
    const lines = readFileSync(places.segment(number), "utf8").split("\n");
    for (const line of lines.toReversed()) {
      const record = parseLine(line);
      if (!record) continue;
      if (record.seq <= after) return found;
      if (!matches(record, query)) continue;
      if (found.length >= limit) return found;
      found.push(record);
    }
  }
  return found;
}

/** Whether that is one of the wanted; how many and after which is not its business. */
export function matches({ plugin, kind, at, details }: AuditEntry, query: AuditQuery): boolean {
  if (!query.all && query.kind === undefined && BOOKKEEPING.has(kind)) return false;
  if (query.plugin !== undefined && plugin !== query.plugin) return false;
  if (query.by !== undefined && details["by"] !== query.by) return false;
  if (query.since !== undefined && at < query.since) return false;
  return query.kind === undefined || kind === query.kind || (query.kind.endsWith(".") && kind.startsWith(query.kind));
}

function parseLine(line: string): AuditRecord | undefined {
  try {
    const record = JSON.parse(line) as Partial<AuditRecord> | null;
    const isRecord =
      typeof record?.seq === "number" && typeof record.at === "number" && typeof record.kind === "string";
    return isRecord && typeof record.details === "object" && record.details !== null
      ? (record as AuditRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
