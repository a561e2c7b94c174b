import type { FlagGroup, FlagSpec } from "../flags/flag.ts";
import { FLAGS } from "../flags/flag-table.ts";
import { MODES, type ModeSpec } from "../flags/mode-table.ts";
import { spellingsOf } from "../flags/parse-command-line.ts";

const HEADINGS: Record<FlagGroup, string> = {
  schedule: "When it runs",
  stop: "When it ends",
  run: "How it runs",
  judge: "What counts as success",
  http: "Answers of web services",
  output: "What is seen",
  general: "Others",
};

const VALUE_WORDS: Partial<Record<FlagSpec["kind"], string>> = { duration: "DURATION", count: "N", number: "NUMBER" };

/** The page of the program. */
export function overview(name: string): string {
  const rows = MODES.map(({ name: mode, aliases, summary }) => [`${mode} (${aliases.join(", ")})`, summary] as const);
  return `${name}: runs a command again and again

Usage: ${name} MODE [FLAGS] -- COMMAND [ARGUMENTS]

Modes:
${table(rows)}

Modes of plugins are called by their name, or as ${name} plugin NAME.

Commands:
${table([
  ["run FILE", "many jobs side by side, from a YAML or TOML file"],
  ["help MODE", "the flags of a mode, with examples"],
  ["examples", "command lines for common tasks"],
  ["config show", "which settings hold; --origin says who set them"],
  ["plugins", "what is installed: list, info, install, update, disable"],
  ["completion SHELL", "a script for bash, zsh, fish or powershell"],
  ["version", "the version; also --version"],
])}

Examples:
  ${name} interval --every 30s -- curl -fsS https://example.com/health
  ${name} cron --cron '0 9 * * 1-5' --timezone Europe/Berlin -- ./report.sh
  ${name} exponential --base-delay 1s --attempts 5 -- ./deploy.sh

Exit codes: 0 every run succeeded (retries: one did), 1 some run failed, 2 usage or configuration,
130/143 stopped by Ctrl-C or SIGTERM.
`;
}

/** The page of one mode: what it does, examples, and all its flags. */
export function modeHelp(mode: ModeSpec, pluginFlags: readonly FlagSpec[], name: string): string {
  const aliases = mode.aliases.length > 0 ? ` (${mode.aliases.join(", ")})` : "";
  const parts = [
    `${name} ${mode.name}${aliases}: ${mode.scheduler ? "" : "runs a command "}${mode.summary}`,
    usageOf(mode, pluginFlags, name),
  ];
  if (mode.about !== undefined) parts.push(wrap(mode.about, ""));
  if (mode.scheduler) parts.push(`It comes from the plugin ${mode.scheduler.plugin}.`);
  if (mode.examples.length > 0) {
    parts.push(
      ["Examples:", ...mode.examples.map(([line, purpose]) => `  # ${purpose}\n  ${renamed(line, name)}`)].join("\n"),
    );
  }
  const flags = [...pluginFlags, ...FLAGS.filter(({ modes }) => !modes || modes.includes(mode.name))];
  for (const [group, heading] of Object.entries(HEADINGS)) {
    const rows = flagRows(flags.filter((flag) => flag.group === group));
    if (rows.length > 0) parts.push(`${heading}:\n${table(rows)}`);
  }
  parts.push("Durations are 500ms, 30s, 1h30m, 2d, 1w and sums of them. A flag is also written --flag=value.");
  return `${parts.join("\n\n")}\n`;
}

/** A row for each flag: how it is typed, and what it is for. */
export function flagRows(flags: readonly FlagSpec[]): (readonly [typed: string, help: string])[] {
  return flags.map((flag) => [typedAs(flag), helpOf(flag)] as const);
}

/** Examples are written for `rpr`; it may be called otherwise. */
export function renamed(line: string, name: string): string {
  return line.replace(/^rpr\b/, name);
}

function usageOf({ name: mode, requires }: ModeSpec, pluginFlags: readonly FlagSpec[], name: string): string {
  const core = FLAGS.filter((flag) => requires.includes(flag.name));
  const needed = [...core, ...pluginFlags.filter(({ isRequired }) => isRequired)];
  const typed = needed.map((flag) => ` ${typedAs(flag).replace(/, .* /, " ")}`);
  return `Usage: ${name} ${mode}${typed.join("")} [FLAGS] -- COMMAND [ARGUMENTS]`;
}

function typedAs(flag: FlagSpec): string {
  const value = flag.kind === "switch" ? "" : ` ${flag.value ?? VALUE_WORDS[flag.kind] ?? "VALUE"}`;
  const off = flag.off === undefined ? "" : `, ${flag.off}`;
  return `${spellingsOf(flag).join(", ")}${off}${value}`;
}

function helpOf({ help, default: standard, oneOf, example }: FlagSpec): string {
  const notes = [
    ...(oneOf ? [`one of ${oneOf.join(", ")}`] : []),
    ...(standard === undefined ? [] : [`default ${standard}`]),
    ...(example === undefined ? [] : [`such as ${example}`]),
  ];
  return notes.length > 0 ? `${help} (${notes.join("; ")})` : help;
}

const WIDTH = 100;
const COLUMN = 34;

/** Two columns, the right one wrapped. */
export function table(rows: readonly (readonly [left: string, right: string])[]): string {
  const indent = " ".repeat(COLUMN);
  return rows
    .map(([left, right]) => {
      const text = wrap(right, indent);
      return left.length + 4 > COLUMN ? `  ${left}\n${indent}${text}` : `  ${left}`.padEnd(COLUMN) + text;
    })
    .join("\n");
}

function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${indent}`);
}
