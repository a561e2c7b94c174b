import { readFile } from "node:fs/promises";
import { errorMessage, nearest, neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { FlagSpec } from "../flags/flag.ts";
import { fileKeyOf, MODE_KEYS, SECTIONS, type Target } from "./file-keys.ts";

/** What a configuration file says, by what it is for; values as text, as they would be typed. */
export interface FileSettings {
  path: string;
  /** Of flags, and where each stands. */
  flags: Map<string, { text: string; place: string }>;
  /** Of one mode alone: `[interval]`. */
  modes: Map<string, Map<string, { value: unknown; place: string }>>;
  /** Of plugins: `[plugins.NAME]`. */
  plugins: Map<string, Map<string, unknown>>;
  /** Outputs that it switches on. */
  outputs: Set<string>;
  /** Where settings of plugins (`plugins.NAME.SETTING`) and outputs (`output.NAME`) stand. */
  places: Map<string, string>;
  problems: string[];
}

/** No configuration that a person wrote is larger. */
const MOST_BYTES = 1_048_576;

/** @throws HostError `CONFIG_NOT_FOUND` when it was asked for and is not there, `CONFIG_INVALID` when it is no TOML. */
export async function readConfigFile(path: string, flags: readonly FlagSpec[]): Promise<FileSettings> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new HostError("CONFIG_NOT_FOUND", `Cannot read ${path}: ${errorMessage(cause)}`, { cause });
  }
  if (text.length > MOST_BYTES) throw new HostError("CONFIG_INVALID", `Cannot use ${path}: it is longer than 1 MiB`);
  const { parse } = await import("smol-toml");
  let document: Record<string, unknown>;
  try {
    document = parse(text, { maxDepth: 16 });
  } catch (cause) {
    const [sentence = ""] = errorMessage(cause).split("\n", 1);
    throw new HostError("CONFIG_INVALID", `Cannot use ${path}: ${neutraliseLine(sentence, 300)}`, { cause });
  }
  return sortOut(path, document, flags);
}

function sortOut(path: string, document: Record<string, unknown>, flags: readonly FlagSpec[]): FileSettings {
  const found: FileSettings = {
    path,
    flags: new Map(),
    modes: new Map(),
    plugins: new Map(),
    outputs: new Set(),
    places: new Map(),
    problems: [],
  };
  for (const [section, content] of Object.entries(document)) {
    if (!isTable(content)) found.problems.push(`${path}: "${section}" is no section; write it below [defaults]`);
    else if (section === "plugins") readPlugins(found, content);
    else if (MODE_KEYS.has(section)) readMode(found, MODE_KEYS.get(section)!, section, content);
    else if (Object.hasOwn(SECTIONS, section)) readSection(found, section, content, flags);
    else
      found.problems.push(
        unknownKey(path, `section [${section}]`, section, [...Object.keys(SECTIONS), "plugins", ...MODE_KEYS.keys()]),
      );
  }
  return found;
}

function readPlugins(found: FileSettings, content: Record<string, unknown>): void {
  for (const [name, settings] of Object.entries(content)) {
    if (isTable(settings)) {
      for (const key of Object.keys(settings))
        found.places.set(`plugins.${name}.${key}`, `${found.path} [plugins.${name}] ${key}`);
      found.plugins.set(name, new Map([...(found.plugins.get(name) ?? []), ...Object.entries(settings)]));
    } else found.problems.push(`${found.path}: [plugins] ${name} is no section; write [plugins.${name}]`);
  }
}

function readMode(found: FileSettings, mode: string, section: string, content: Record<string, unknown>): void {
  const place = (key: string): string => `${found.path} [${section}] ${key}`;
  const entries = Object.entries(content).map(([key, value]) => [key, { value, place: place(key) }] as const);
  found.modes.set(mode, new Map([...(found.modes.get(mode) ?? []), ...entries]));
}

function readSection(
  found: FileSettings,
  section: string,
  content: Record<string, unknown>,
  flags: readonly FlagSpec[],
): void {
  const own = SECTIONS[section]!;
  const general =
    section === "defaults" || section === "default" ? flags.filter((flag) => !flag.isCommandLineOnly) : [];
  for (const [key, value] of Object.entries(content)) {
    const place = `${found.path} [${section}] ${key}`;
    const flag = general.find((one) => fileKeyOf(one) === key);
    const target: Target | undefined = own[key] ?? (flag && { flag: flag.name });
    if (!target) {
      found.problems.push(
        unknownKey(found.path, `[${section}] ${key}`, key, [...Object.keys(own), ...general.map(fileKeyOf)]),
      );
      continue;
    }
    apply(found, target, value, place);
  }
}

function apply(found: FileSettings, target: Target, value: unknown, place: string): void {
  if ("ignored" in target) return;
  if ("output" in target) {
    if (value === true) {
      found.outputs.add(target.output);
      found.places.set(`output.${target.output}`, place);
    }
    return;
  }
  if ("plugin" in target) {
    const settings = found.plugins.get(target.plugin) ?? new Map<string, unknown>();
    // What stands in the plugin's own section is stronger.
    if (!settings.has(target.setting)) {
      settings.set(target.setting, textOf(value) ?? value);
      found.places.set(`plugins.${target.plugin}.${target.setting}`, place);
    }
    found.plugins.set(target.plugin, settings);
    return;
  }
  const text = textOf(value);
  if (text === undefined) found.problems.push(`${place}: holds no plain value`);
  else if ("mode" in target) readMode(found, target.mode, place.replace(/^.*\[|\].*$/g, ""), { [target.flag]: value });
  else found.flags.set(target.flag, { text: target.toText ? target.toText(text) : text, place });
}

/** As it would be typed; `undefined` for what cannot be. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(",");
  return undefined;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A sentence about what no one reads, with the nearest of `known`. */
export function unknownKey(path: string, what: string, key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return `${path}: ${neutraliseLine(what, 100)} is not known${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}
