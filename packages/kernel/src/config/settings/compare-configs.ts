import { isDeepStrictEqual } from "node:util";
import type { EffectiveValue } from "./effective-config.ts";

/** One value in which two configurations differ; `before` or `after` is absent where it is not set at all. */
export interface ConfigDifference {
  path: string;
  before?: EffectiveValue;
  after?: EffectiveValue;
}

/** What differs, value by value, in the order of `after` with what is gone at the end. Where a value was written does not count. */
export function compareConfigs(
  before: readonly EffectiveValue[],
  after: readonly EffectiveValue[],
): ConfigDifference[] {
  const old = new Map(before.map((value) => [value.path, value]));
  const fresh = new Set(after.map(({ path }) => path));
  const differences = after.flatMap((value): ConfigDifference[] => {
    const was = old.get(value.path);
    if (was === undefined) return [{ path: value.path, after: value }];
    return isDeepStrictEqual(was.value, value.value) ? [] : [{ path: value.path, before: was, after: value }];
  });
  const gone = before.filter(({ path }) => !fresh.has(path));
  return [...differences, ...gone.map((value) => ({ path: value.path, before: value }))];
}
