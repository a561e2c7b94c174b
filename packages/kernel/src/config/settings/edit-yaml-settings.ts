import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue } from "@berth/base";
import { Document, isMap, isPair, isScalar, type Pair, parseDocument, type YAMLMap } from "yaml";
import { tableOf } from "./check-host-document.ts";
import { withoutPrototypes } from "./without-prototypes.ts";

/** What is to stand in a file afterwards. */
export interface SettingsEdit {
  plugin: string;
  /** Unexpanded: references to variables as they are written. */
  settings: JsonObject;
  version: number;
}

/**
 * The text of a YAML file with other settings of one plugin. What is not touched stays byte for byte: comments, quotes, order, blank lines;
 * of the settings themselves, what is the same stays with its comments.
 *
 * @returns nothing when the file is written in a way that this cannot be done to, such as by an alias; nothing is guessed.
 */
export function editYamlSettings(text: string, edit: SettingsEdit): string | undefined {
  const file = parseDocument(text, { version: "1.2", schema: "core", keepSourceTokens: true });
  const entry = file.getIn(["plugins", edit.plugin], true);
  if (file.errors.length > 0 || !isMap(entry)) return undefined;
  const pair = pairOf(entry, "settings");
  if (!pair || !isMap(pair.value) || !isScalar(pair.key) || !pair.value.range || !pair.key.range) return undefined;
  const before = splice(text, pair.key.range[0], pair.value, file, edit.settings);
  const after = before === undefined ? undefined : withVersion(before, edit);
  return after !== undefined && says(after, text, edit) ? after : undefined;
}

function splice(text: string, keyAt: number, map: YAMLMap, file: Document, settings: JsonObject): string | undefined {
  const [start, valueEnd, nodeEnd] = map.range!;
  const isInline = map.flow === true || map.items.length === 0;
  merge(map, settings, file);
  // What is commented above the first key stands before the part that is replaced.
  map.commentBefore = null;
  const written = new Document<YAMLMap, false>(map, { version: "1.2", schema: "core" }).toString({ lineWidth: 0 });
  if (isInline) return text.slice(0, start) + written.trim() + text.slice(valueEnd);
  const end = endOf(text, nodeEnd);
  const indent = columnOf(text, start);
  if (indent <= columnOf(text, keyAt)) return undefined;
  const lines = written.trimEnd().split("\n");
  const moved = lines.map((line, index) => (index === 0 || line === "" ? line : " ".repeat(indent) + line));
  return text.slice(0, start) + moved.join("\n") + text.slice(end);
}

/** Changes a map to hold what `wanted` does, leaving alone what it holds already. */
function merge(map: YAMLMap, wanted: JsonObject, file: Document): void {
  // A copy: items are taken out on the way.
  for (const item of map.items.slice()) {
    const name = isScalar(item.key) ? item.key.value : undefined;
    if (typeof name !== "string" || !Object.hasOwn(wanted, name)) map.delete(item.key);
  }
  for (const [name, value] of Object.entries(wanted)) {
    const present = pairOf(map, name);
    if (present && isMap(present.value) && isTable(value)) merge(present.value, value, file);
    else if (!present || !isDeepStrictEqual(plain(present.value), plain(value))) map.set(name, file.createNode(value));
  }
}

/** The version stands beside the settings. */
function withVersion(text: string, { plugin, version }: SettingsEdit): string | undefined {
  const file = parseDocument(text, { version: "1.2", schema: "core" });
  const entry = file.getIn(["plugins", plugin], true);
  if (!isMap(entry)) return undefined;
  const given = pairOf(entry, "settings_version")?.value;
  if (isScalar(given) && given.range) return text.slice(0, given.range[0]) + version + text.slice(given.range[1]);
  const key = pairOf(entry, "settings")?.key;
  if (!isScalar(key) || !key.range) return undefined;
  const [at] = key.range;
  const separator = entry.flow ? ", " : `\n${" ".repeat(columnOf(text, at))}`;
  return `${text.slice(0, at)}settings_version: ${version}${separator}${text.slice(at)}`;
}

/** Whether the new text says what it is to say, and all else as before. */
function says(after: string, before: string, { plugin, settings, version }: SettingsEdit): boolean {
  const [was, is] = [before, after].map((text) => parseDocument(text, { version: "1.2", schema: "core" }));
  if (is!.errors.length > 0) return false;
  const whole = plain(was!.toJS() as JsonValue) as JsonObject;
  const plugins = tableOf(whole["plugins"]);
  const entry = { ...tableOf(plugins[plugin]), settings, settings_version: version };
  const expected = { ...whole, plugins: { ...plugins, [plugin]: entry } };
  return (
    isDeepStrictEqual(plain(is!.toJS() as JsonValue), plain(expected)) && isDeepStrictEqual(kept(before, after), [])
  );
}

/** Comments that were lost outside of what changed; comments of settings that are gone go with them. */
function kept(before: string, after: string): string[] {
  const comments = (text: string): string[] => [...text.matchAll(/^#.*$/gm)].map(([line]) => line);
  const left = comments(after);
  return comments(before).filter((line) => !left.includes(line));
}

const pairOf = (map: YAMLMap, name: string): Pair | undefined =>
  map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === name);

function plain(value: unknown): JsonValue {
  const json =
    typeof value === "object" && value !== null && "toJSON" in value
      ? (value.toJSON as () => unknown).call(value)
      : value;
  return withoutPrototypes(json as JsonValue);
}

const isTable = (value: JsonValue): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf("\n", offset - 1) + 1);

/** Blank lines and the end of the last line belong to what follows. */
function endOf(text: string, end: number): number {
  let at = end;
  while (at > 0 && /\s/.test(text[at - 1]!)) at -= 1;
  return at;
}
