import { type JsonObject, type JsonValue, neutraliseLine } from "@berth/base";
import type { Manifest } from "@berth/contract";
import { escapeReferences } from "../expand-text.ts";
import { describeSchema } from "./describe-schema.ts";
import { sampleOf } from "./sample.ts";
import type { TemplateLanguage } from "./template-language.ts";

/** A commented entry of `berth.yaml` for one plugin. */
export interface PluginTemplate {
  text: string;
  /** Settings that must be set and for which no value could be made up; the lines say so. */
  unfilled: readonly string[];
}

/**
 * What an operator can say of a plugin, made from its manifest alone: what must be set stands there with a value that is allowed, the rest
 * is commented out with its default. The file of such entries passes `berth config validate` as it is, but for what is unfilled.
 */
export function pluginTemplate(manifest: Manifest, language: TemplateLanguage): PluginTemplate {
  const { plugin, config, permissions, limits, runtime } = manifest;
  const schema = (config.schema ?? {}) as JsonObject;
  const settings = settingLines(schema, language);
  const isVersioned = config.version !== undefined && config.version > 1 && settings.lines.length > 0;
  const asked = Object.entries(permissions).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const usual = Object.entries(limits);
  const host = [
    ...comment(`${plugin.name} ${plugin.version}${plugin.description === "" ? "" : `: ${plugin.description}`}`),
    ...language.heading(["plugins", plugin.name]),
  ];
  const body = [
    ...language.pair("enabled", true),
    ...comment("Where it runs: inline, worker, process or wasm."),
    ...off(language.pair("isolation", runtime.isolation ?? "process")),
    ...(asked.length === 0 ? [] : comment(`It asks for: ${asked.join("; ")}`)),
    ...(asked.length === 0 ? [] : off(language.pair("grant", "asked"))),
    ...(usual.length === 0 ? [] : comment("What it may use at most; these are its own bounds.")),
    ...(usual.length === 0 ? [] : off(language.pair("limits", Object.fromEntries(usual) as JsonObject))),
    ...(isVersioned ? language.pair("settings_version", config.version!) : []),
  ];
  const below = settings.lines.length > 0 ? language.heading(["plugins", plugin.name, "settings"]) : [];
  const heading = settings.isSet ? below : off(below);
  const lines = [
    ...language.indent(host, 1),
    ...language.indent(body, 2),
    ...language.indent(heading, 2),
    ...language.indent(settings.lines, 3),
  ];
  return { text: `${lines.join("\n")}\n`, unfilled: settings.unfilled };
}

/** A whole file of such entries. */
export function templateFile(templates: readonly PluginTemplate[], { opening }: TemplateLanguage): string {
  const opened = opening.length === 0 ? "" : `${opening.join("\n")}\n`;
  return opened + templates.map(({ text }) => text).join("\n");
}

function settingLines(
  schema: JsonObject,
  language: TemplateLanguage,
): { lines: string[]; unfilled: string[]; isSet: boolean } {
  const properties = isTable(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
  const lines: string[] = [];
  const unfilled: string[] = [];
  let isSet = false;
  for (const name of new Set([...Object.keys(properties), ...required])) {
    const part = Object.hasOwn(properties, name) ? properties[name] : {};
    if (!isTable(part)) continue;
    const mustBeSet = required.includes(name) && part["default"] === undefined;
    const sample = sampleOf(part, schema, (value) => language.canSay(value));
    lines.push(...comment(describeSchema(part, mustBeSet)));
    if (sample === undefined && mustBeSet) {
      unfilled.push(name);
      lines.push(...comment(`Set it: ${name}`));
    } else {
      const pair = language.pair(name, escaped(sample ?? null));
      isSet ||= mustBeSet;
      lines.push(...(mustBeSet ? pair : off(pair)));
    }
  }
  return { lines, unfilled, isSet };
}

/** A sample that looks like a reference to a variable is none. */
function escaped(value: JsonValue): JsonValue {
  if (typeof value === "string") return escapeReferences(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, escaped(part)]));
}

const off = (lines: readonly string[]): string[] => lines.map((line) => `# ${line}`);

const comment = (text: string): string[] => [`# ${neutraliseLine(text, 500)}`];

const isTable = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
