import type { Problem } from "@berth/contract";
import type { ConfigDocument, ConfigPath } from "@berth/kernel/config";
import type { SignageConfig, SourceConfig } from "./signage-config.ts";

/** Seconds between two runs of a schedule at its densest; `undefined` when that cannot be told. */
export type SchedulePeriod = (expression: string, timezone: string) => number | undefined;

interface Finding {
  path: ConfigPath;
  message: string;
}

/** What is allowed and yet hardly meant. The file is used all the same. */
export async function findDoubts(
  document: ConfigDocument,
  config: SignageConfig,
  schedulePeriod: SchedulePeriod | undefined,
): Promise<Problem[]> {
  const findings = [
    ...noneEnabled(config),
    ...sameFileName(config),
    ...config.sources.flatMap((source, index) => timeDoubts(source, ["sources", index], schedulePeriod)),
  ];
  return Promise.all(findings.map(({ path, message }) => document.problemAt(path, message)));
}

/** Seconds a run takes at the most: every attempt until its timeout, and the waits between. */
function longestRunSeconds({ timeout, retry }: Pick<SourceConfig, "timeout" | "retry">): number {
  if (!retry.enabled) return timeout;
  const waits = Array.from({ length: retry.max_attempts - 1 }, (_, attempt) => {
    const { backoff_seconds } = retry;
    return backoff_seconds[Math.min(attempt, backoff_seconds.length - 1)] ?? 0;
  });
  return retry.max_attempts * timeout + waits.reduce((sum, wait) => sum + wait, 0);
}

function noneEnabled({ sources }: SignageConfig): Finding[] {
  if (sources.some((source) => source.enabled)) return [];
  return [{ path: ["sources"], message: "no source is switched on; nothing will be shown" }];
}

function sameFileName({ sources }: SignageConfig): Finding[] {
  const ids = sources.map(({ id }) => id.toLowerCase());
  return sources.flatMap(({ id }, index) => {
    const first = ids.indexOf(id.toLowerCase());
    if (first === index || sources[first]!.id === id) return [];
    const message = `"${id}" and "${sources[first]!.id}" are one file where upper and lower case are not told apart`;
    return [{ path: ["sources", index, "id"], message }];
  });
}

function timeDoubts(source: SourceConfig, path: ConfigPath, schedulePeriod: SchedulePeriod | undefined): Finding[] {
  const period = source.enabled ? schedulePeriod?.(source.schedule, source.timezone) : undefined;
  if (period === undefined) return [];
  const findings: Finding[] = [];
  const longest = longestRunSeconds(source);
  if (longest > period) {
    const message = `a run may take ${longest} s with all its attempts, longer than the ${period} s to the next; that one is then left out`;
    findings.push({ path: [...path, "timeout"], message });
  }
  const { use_cached, max_age_hours } = source.fallback;
  if (use_cached && max_age_hours * 3_600 < period) {
    const message = `data may be ${max_age_hours} h old and runs are ${Math.round(period / 3_600)} h apart, so it is never used`;
    findings.push({ path: [...path, "fallback", "max_age_hours"], message });
  }
  return findings;
}
