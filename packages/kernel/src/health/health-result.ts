import type { JsonObject } from "@berth/base";
import type { Health } from "@berth/contract";

/** How something is, as far as is known. */
export interface HealthResult {
  /** `plugin/NAME`, or `host/CHECK` for what the host looks at itself. */
  name: string;
  health: Health;
  /** For people, on one line. */
  message?: string;
  details?: JsonObject;
  tags: readonly string[];
  /** Whether the host is no better than this. */
  isRequired: boolean;
  /** When `health` became what it is, in milliseconds since 1970. */
  since: number;
  /** When it was last looked at; absent: never. */
  checkedAt?: number;
}

/** What of all results is meant. */
export interface HealthSelection {
  /** Only those with one of these tags; absent or empty: all. */
  tags?: readonly string[];
  /** Not these, by full or last name. */
  exclude?: readonly string[];
}

/** Whether `name` (`weather`, or `plugin/weather`) means a result. */
export function isNamed(result: Pick<HealthResult, "name">, name: string): boolean {
  return result.name === name || result.name.slice(result.name.indexOf("/") + 1) === name;
}

/** Those of `results` that a selection leaves. */
export function selectResults<T extends Pick<HealthResult, "name" | "tags">>(
  results: readonly T[],
  { tags = [], exclude = [] }: HealthSelection = {},
): T[] {
  return results.filter(
    (result) =>
      (tags.length === 0 || tags.some((tag) => result.tags.includes(tag))) &&
      !exclude.some((name) => isNamed(result, name)),
  );
}
