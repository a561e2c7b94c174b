import type { SavedGrant } from "@berth/storage";
import { askOf } from "./ask.ts";
import type { GrantDecision, GrantedPlugin } from "./decision.ts";
import { differenceOf } from "./difference.ts";
import { operatorGrant, readGrantRecord } from "./stored-grant.ts";

/** Whether what was granted by command still holds for what the plugin asks now. */
export function compareWithStored(plugin: GrantedPlugin, saved: SavedGrant, workingFolder: string): GrantDecision {
  const stored = readGrantRecord(plugin.name, saved.record);
  // Nobody knows what it says: neither nothing nor anything would be right.
  if (stored === undefined) return { source: "held", stored, difference: undefined };
  const difference = differenceOf(stored.asked, askOf(plugin.manifest, { workingFolder }));
  if (difference.isMore) return { source: "held", stored, difference };
  return { source: "stored", allowed: operatorGrant(stored.granted), stored, difference };
}
