import type { Limits } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { GrantDecision } from "./decision.ts";
import { LIMIT_NAMES, LIMITS } from "./limit-words.ts";

/**
 * What a plugin may use at most, given the word about it: a stranger's plugin that was granted nothing has no more than every plugin
 * has, whatever its manifest asks, unless the operator sets its limits in `berth.yaml`. What it asks beyond is a part of what it is
 * granted.
 *
 * @param limits of the manifest and the operator together.
 */
export function grantedLimits(
  limits: Limits,
  { source }: Pick<GrantDecision, "source">,
  settings: HostConfig["plugins"][string] | undefined,
): Limits {
  if (source !== "none" && source !== "held") return limits;
  const lowered: Limits = { ...limits };
  for (const name of LIMIT_NAMES) {
    const { standard } = LIMITS[name];
    const value = limits[name];
    if (standard === undefined || value === undefined || settings?.limits?.[name] !== undefined) continue;
    lowered[name] = Math.min(value, standard);
  }
  return lowered;
}
