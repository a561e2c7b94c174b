import type { JsonObject, JsonValue } from "@berth/base";
import type { ConfigDocument } from "../config-document.ts";
import { type ConfigPath, formatPath } from "../config-path.ts";
import { toLookup } from "../describe-issues.ts";
import { isSecret, type JsonSchema, schemasAt } from "../schema-lookup.ts";
import type { Place } from "../source-file.ts";
import { checkHostDocument } from "./check-host-document.ts";
import { composeHostSchema } from "./compose-schema.ts";
import { checkSettings } from "./plugin-settings.ts";
import type { PluginShape } from "./plugin-shape.ts";
import { configError } from "../config-error.ts";

/** Where a value came from: a place in a file, perhaps by way of the environment, or nobody's saying. */
export type ValueOrigin =
  | ({ from: "file" } & Place)
  | ({ from: "environment"; variables: readonly string[] } & Place)
  | { from: "default" };

/** One value of a configuration as it holds in the end. */
export interface EffectiveValue {
  /** As {@link formatPath} writes it. */
  path: string;
  steps: ConfigPath;
  /** Not to be shown when it is hidden. */
  value: JsonValue;
  /** Fit to be shown: what may be a secret is masked. */
  shown: JsonValue;
  isHidden: boolean;
  origin: ValueOrigin;
}

/** What stands in place of a secret. */
export const MASK = "***";

/** Names that secrets go by, for settings whose author did not mark them. */
export const SECRET_NAME = /pass(?:word|wd|phrase)|secret|token|api[-_]?key|private[-_]?key|credential/i;

/**
 * Every value that holds: overlays laid over, variables filled in, defaults of the host and of the plugins' settings added.
 *
 * @throws HostError `CONFIG_INVALID` with every problem at once.
 */
export async function effectiveConfig(
  document: ConfigDocument,
  shapes: readonly PluginShape[],
): Promise<EffectiveValue[]> {
  const { value, problems } = await checkHostDocument(document, shapes);
  if (value === undefined) throw configError(document.file, problems);
  const whole = { ...(value.config as unknown as JsonObject), ...value.sections };
  whole["plugins"] = await withSettings(value.config.plugins as unknown as Record<string, JsonObject>, shapes);
  const schema = await toLookup(composeHostSchema(shapes));
  const found = collectLeaves(whole, []);
  return Promise.all(found.map(({ path, value: leaf }) => describe(path, leaf, document, schema)));
}

/** What a plugin is told when the file says nothing of it, as far as that is enough for it. */
async function withSettings(
  entries: Record<string, JsonObject>,
  shapes: readonly PluginShape[],
): Promise<Record<string, JsonObject>> {
  const all = { ...entries };
  for (const shape of shapes) {
    if (shape.settings === undefined || entries[shape.name]?.["settings"] !== undefined) continue;
    const checked = await checkSettings(shape, {});
    const isSilent = !("settings" in checked) || Object.keys(checked.settings).length === 0;
    if (!isSilent) all[shape.name] = { ...entries[shape.name], settings: checked.settings };
  }
  return all;
}

/** A value without parts, and where it stands. */
export interface Leaf {
  path: ConfigPath;
  value: JsonValue;
}

/** Everything without parts, and lists and maps without entries. */
export function collectLeaves(value: JsonValue, path: ConfigPath): Leaf[] {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return [{ path, value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => collectLeaves(item, [...path, index]));
  return Object.entries(value).flatMap(([key, part]) => collectLeaves(part, [...path, key]));
}

async function describe(
  path: ConfigPath,
  value: JsonValue,
  document: ConfigDocument,
  schema: JsonSchema,
): Promise<EffectiveValue> {
  const about = { path: formatPath(path), steps: path, value };
  const reference = document.references.get(about.path);
  const variables = reference?.variables ?? [];
  const isNamed = path.some((step) => typeof step === "string" && SECRET_NAME.test(step)) && typeof value === "string";
  const isHidden =
    isSecret(schema, path) || (isNamed && !isBound(schema, path)) || mayBeSecret(variables, value, path, schema);
  const shown = isHidden ? variables.map((name) => `\${${name}}`).join(", ") || MASK : value;
  if (!document.has(path)) return { ...about, shown, isHidden, origin: { from: "default" } };
  const place = await document.locate(path);
  const origin: ValueOrigin =
    variables.length > 0 ? { from: "environment", variables, ...place } : { from: "file", ...place };
  return { ...about, shown, isHidden, origin };
}

/** Text from the environment may be a secret; a number, a truth value or one of a few words is none. */
function mayBeSecret(variables: readonly string[], value: JsonValue, path: ConfigPath, schema: JsonSchema): boolean {
  return variables.length > 0 && typeof value === "string" && !isBound(schema, path);
}

const isBound = (schema: JsonSchema, path: ConfigPath): boolean =>
  schemasAt(schema, path).some((part) => part.enum !== undefined || part.const !== undefined);

/** The shown values as one tree again. */
export function shownTree(values: readonly EffectiveValue[]): JsonValue {
  const root: { [key: string]: JsonValue } = {};
  for (const { steps, shown } of values) put(root, steps, shown);
  return root;
}

type Branch = { [key: string]: JsonValue } | JsonValue[];

function put(root: Branch, path: ConfigPath, value: JsonValue): void {
  let at = root as Record<string | number, JsonValue>;
  for (const [depth, step] of path.slice(0, -1).entries()) {
    if (!Object.hasOwn(at, step)) define(at, step, typeof path[depth + 1] === "number" ? [] : {});
    at = at[step] as Record<string | number, JsonValue>;
  }
  const last = path.at(-1);
  if (last !== undefined) define(at, last, value);
}

/** An assignment to `__proto__` would do something else. */
function define(holder: object, key: string | number, value: JsonValue): void {
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });
}
