import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue } from "@berth/base";
import { type ConfigPath, formatPath } from "../config-path.ts";
import { isSecret, type JsonSchema } from "../schema-lookup.ts";
import { collectLeaves, MASK, SECRET_NAME } from "./effective-config.ts";
import type { PluginShape } from "./plugin-shape.ts";

/** One value in which settings differ, fit to be shown. */
export interface MaskedDifference {
  path: string;
  before?: JsonValue;
  after?: JsonValue;
}

/**
 * What differs between two forms of a plugin's settings. What the schema of the new form marks as secret is masked, also where the same
 * value stood under another name before.
 */
export function maskedDifferences(
  before: JsonObject,
  after: JsonObject,
  shape: PluginShape,
  prefix: ConfigPath,
): MaskedDifference[] {
  const [old, fresh] = [leavesOf(before), leavesOf(after)];
  const schema = (shape.settings ?? {}) as JsonSchema;
  const isMarked = (path: ConfigPath): boolean =>
    isSecret(schema, path) || path.some((step) => typeof step === "string" && SECRET_NAME.test(step));
  const hidden = new Set(
    [...old.values(), ...fresh.values()].filter(({ path }) => isMarked(path)).map(({ value }) => value),
  );
  const shown = (value: JsonValue): JsonValue =>
    typeof value === "string" && hidden.has(value) ? masked(value) : value;
  const paths = new Set([...old.keys(), ...fresh.keys()]);
  return [...paths].flatMap((key): MaskedDifference[] => {
    const [was, is] = [old.get(key), fresh.get(key)];
    if (was && is && isDeepStrictEqual(was.value, is.value)) return [];
    const path = formatPath([...prefix, ...(was ?? is)!.path]);
    return [{ path, ...(was ? { before: shown(was.value) } : {}), ...(is ? { after: shown(is.value) } : {}) }];
  });
}

/** A reference to a variable hides what it stands for already. */
const masked = (text: string): string => (/^\$\{[^}]*\}$/.test(text) ? text : MASK);

const leavesOf = (settings: JsonObject) =>
  new Map(collectLeaves(settings, []).map((leaf) => [formatPath(leaf.path), leaf]));
