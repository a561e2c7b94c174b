import type { ModeSpec } from "../flags/mode-table.ts";
import type { Settings } from "../config/settings.ts";
import type { FlagSpec } from "../flags/flag.ts";
import { parseUntil } from "./until-time.ts";

/** Of two that say the opposite, one would be ignored in silence. */
const EXCLUSIVE: readonly (readonly [string, string])[] = [
  ["quiet", "stream"],
  ["quiet", "verbose"],
  ["stats-only", "stream"],
  ["stats-only", "verbose"],
  ["stats-only", "quiet"],
  ["json", "stats-only"],
  ["json", "verbose"],
  ["json", "stream"],
];

/** What is wrong with the settings together, each a sentence. */
export function settingProblems(
  mode: ModeSpec,
  settings: Settings,
  typed: ReadonlySet<string>,
  nowMs: number,
): string[] {
  const problems: string[] = [];
  for (const name of mode.requires) {
    // What is wrong with it was said already.
    if (!settings.get(name) && !typed.has(name))
      problems.push(`${mode.name} needs --${name}, such as ${EXAMPLE_VALUES[name] ?? "1s"}`);
  }
  for (const [one, other] of EXCLUSIVE) {
    if (settings.isOn(one) && settings.isOn(other)) problems.push(`--${one} and --${other} exclude each other`);
  }
  const every = settings.number("every");
  if (every === 0 && mode.name === "interval")
    problems.push("--every 0 is no interval: use the modes count or duration to run without a pause");
  if (settings.number("for") === 0) problems.push("--for 0 leaves no time for a run");
  if ((settings.number("http-min-delay") ?? 0) > (settings.number("http-max-delay") ?? Infinity)) {
    problems.push("--http-min-delay is longer than --http-max-delay");
  }
  const until = settings.text("until");
  if (until !== undefined) {
    const at = parseUntil(until, nowMs);
    if (at === undefined) problems.push(`--until "${until}" is no time such as 18:00, 2030-01-31 or 2030-01-31T18:00Z`);
    else if (at <= nowMs) problems.push(`--until "${until}" has passed`);
  }
  return problems;
}

const EXAMPLE_VALUES: Readonly<Record<string, string>> = {
  every: "--every 30s",
  times: "--times 10",
  for: "--for 1h",
  cron: "--cron '0 9 * * 1-5'",
};

/** Flags that were typed and do nothing in this mode. */
export function uselessFlags(mode: string, flags: readonly FlagSpec[], typed: ReadonlySet<string>): string[] {
  return flags
    .filter(({ name, modes }) => typed.has(name) && modes !== undefined && !modes.includes(mode))
    .map(({ name, modes }) => `--${name} has no effect in mode ${mode}: it is for ${modes!.join(", ")}`);
}
