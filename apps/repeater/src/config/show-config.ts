import { EXIT, type RprContext } from "../context.ts";
import { HostError } from "@berth/contract";
import type { FlagSpec, FlagValue } from "../flags/flag.ts";
import { formatDuration } from "../flags/duration.ts";
import { FLAGS } from "../flags/flag-table.ts";
import { FlagIndex, parseCommandLine } from "../flags/parse-command-line.ts";
import { unknownWord } from "../help/unknown-word.ts";
import { findConfig } from "./find-config.ts";
import { readConfigFile } from "./config-file.ts";
import { Settings } from "./settings.ts";

const ORIGIN: FlagSpec = { name: "origin", kind: "switch", group: "general", help: "says who set each value" };

/** `rpr config show [--origin] [--json] [--config FILE] [FLAGS]`: the settings that would hold. */
export async function showConfig([what = "show", ...words]: readonly string[], context: RprContext): Promise<number> {
  if (what !== "show") throw unknownWord(what, "command of config", ["show"]);
  const line = parseCommandLine(words, new FlagIndex([...FLAGS, ORIGIN]));
  if (line.problems.length > 0) throw new HostError("CONFIG_INVALID", line.problems.join("; "));
  const path = findConfig(line.values.get("config") as string | undefined, context);
  const file = path === undefined ? undefined : await readConfigFile(path, FLAGS);
  const settings = new Settings({ flags: FLAGS, typed: line.values, env: context.env, file, mode: undefined });
  if (settings.problems.length > 0) throw new HostError("CONFIG_INVALID", settings.problems.join("\n"));
  const text =
    line.values.get("json") === true ? asJson(settings) : asLines(settings, line.values.get("origin") === true);
  await context.out.write(Buffer.from(text));
  return EXIT.ok;
}

function asLines(settings: Settings, withOrigin: boolean): string {
  const rows = [...settings.entries()]
    .filter(([name]) => !["config", "json"].includes(name))
    .map(([name, { value, origin }]) => [name, shown(name, value), origin] as const);
  for (const [plugin, own] of settings.plugins) {
    for (const [key, value] of own) rows.push([`plugins.${plugin}.${key}`, String(value), ""]);
  }
  for (const output of settings.outputs) rows.push([`output.${output}`, "on", ""]);
  const [left, middle] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)) + 2) as [
    number,
    number,
  ];
  const lines = rows.map(([name, value, origin]) =>
    withOrigin
      ? `${name.padEnd(left)}${value.padEnd(middle)}${settings.origins.get(name) ?? origin}`
      : `${name.padEnd(left)}${value}`,
  );
  return `${lines.join("\n")}\n`;
}

function asJson(settings: Settings): string {
  const values = [...settings.entries()]
    .filter(([name]) => !["config", "json"].includes(name))
    .map(([name, { value, origin }]) => [name, { value: shown(name, value), origin }]);
  const plugins = [...settings.plugins].map(([name, own]) => [name, Object.fromEntries(own)]);
  const document = { version: 1, settings: Object.fromEntries(values), plugins: Object.fromEntries(plugins) };
  return `${JSON.stringify(document)}\n`;
}

function shown(name: string, value: FlagValue): string {
  const flag = FLAGS.find((one) => one.name === name);
  if (typeof value === "number") return flag?.kind === "duration" ? formatDuration(value) : String(value);
  if (value instanceof RegExp) return value.source;
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.join(",");
  const delay = value as { ms?: number; share?: number };
  return delay.ms === undefined ? `${(delay.share ?? 0) * 100}%` : formatDuration(delay.ms);
}
