import type { EntryUse, PermissionUses, SurveyedPlugin } from "@berth/host/grants";
import { intersectEntries, type PermissionName } from "@berth/kernel/permissions";

/** One entry that a plugin asks, and what it has of it. */
export interface EntryRow extends EntryUse {
  /** `part`: a narrower entry was granted; `reason` says which. */
  granted: "yes" | "part" | "no";
  /** Why it has it not, or not whole: the end of a sentence. */
  reason?: string;
}

/** Every entry that is asked, with what it has of it and how often it was used. */
export function entryRows({ resolved, decision }: SurveyedPlugin, { entries }: PermissionUses): EntryRow[] {
  return entries.map((entry) => {
    if (decision.source === "held") return { ...entry, granted: "no", reason: "it is held" };
    const withheld = resolved.withheld.find(
      (one) => one.permission === entry.permission && isSame(one.permission, one.entry, entry.entry),
    );
    if (withheld === undefined) return { ...entry, granted: "yes" };
    const isPart = withheld.reason.startsWith("the operator allowed only");
    return { ...entry, granted: isPart ? "part" : "no", reason: withheld.reason };
  });
}

function isSame(permission: PermissionName, written: string, canonical: string): boolean {
  return written === canonical || intersectEntries(permission, written, written) === canonical;
}
