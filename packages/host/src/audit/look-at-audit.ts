import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@berth/base";
import { openStorage } from "@berth/storage";
import { type AuditPlaces, auditPlaces } from "@berth/storage/audit";
import { databaseFile } from "../grants/look-at-storage.ts";

/** Where the audit log of a host lies. */
export function auditOf(dataFolder: string): AuditPlaces {
  return auditPlaces(join(dataFolder, "audit"));
}

/** How far the log was signed, as the database knows; nothing where there is none, or one that cannot be read. */
export function knownHead(dataFolder: string, clock: Clock): { seq: number; hash: string } | undefined {
  const path = databaseFile(dataFolder);
  if (!existsSync(path)) return undefined;
  try {
    using storage = openStorage({ path, clock, readOnly: true });
    const head = storage.auditMarks.load("head");
    if (typeof head !== "object" || head === null || Array.isArray(head)) return undefined;
    const { seq, hash } = head;
    return typeof seq === "number" && typeof hash === "string" ? { seq, hash } : undefined;
  } catch {
    // Of an older Berth, or damaged, which is for others to tell: the log stands for itself.
    return undefined;
  }
}
