import type { Limits } from "@berth/contract";
import { DEFAULT_LIMITS } from "./resolve-limits.ts";

const MIB = 1_048_576;

/** How much state a plugin may hand on to its next version. */
export function stateBytes({ state_mb: megabytes = DEFAULT_LIMITS.state_mb }: Limits): number {
  return megabytes * MIB;
}
