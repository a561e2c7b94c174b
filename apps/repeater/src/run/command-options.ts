import { resolve } from "node:path";
import type { Settings } from "../config/settings.ts";
import type { RprContext } from "../context.ts";
import type { Executor } from "../exec/executor.ts";
import { AppendFile } from "../streams/append-file.ts";
import { RunOutput } from "../streams/run-output.ts";
import type { HttpRules } from "./http-hint.ts";
import type { Assignment } from "./repeat.ts";
import type { RunCommandOptions } from "./run-command.ts";

/** How much of each stream patterns and answers are looked for in, and a document holds. */
const MATCHED_BYTES = 16 * 1_024 * 1_024;
const KEPT_BYTES = 1_024 * 1_024;

/** What a command that was told to end has before its process group is killed. */
const KILL_AFTER_MS = 2_000;

/** How each run is made, by the settings; what is opened for it is owned by `opened`. */
export async function commandOptions(
  context: RprContext,
  { name, settings, command, args }: Assignment,
  executor: Executor,
  opened: AsyncDisposableStack,
): Promise<RunCommandOptions> {
  const file = settings.text("output-file");
  const patterns = { success: patternOf(settings, "success"), failure: patternOf(settings, "failure") };
  const http = settings.isOn("http-aware") ? httpRules(settings) : undefined;
  const keepsText =
    settings.isOn("json") || settings.text("log-json") !== undefined || settings.list("output").length > 0;
  const isMatched = patterns.success !== undefined || patterns.failure !== undefined || http !== undefined;
  const isHidden = ["quiet", "stats-only", "json"].some((name) => settings.isOn(name));
  // A folder of this machine means nothing to a command that runs elsewhere.
  const cwd = settings.text("cwd") ?? (settings.text("executor") === "shell" ? "." : undefined);
  const timeoutMs = settings.number("timeout")!;
  const output = new RunOutput({
    out: context.out,
    err: context.err,
    isShown: !isHidden,
    prefix: prefixOf(settings, name, command),
    isParallel: name !== undefined || (settings.number("parallel") ?? 1) > 1,
    file: file === undefined ? undefined : opened.use(await AppendFile.open(resolve(context.cwd, file))),
    captureBytes: isMatched ? MATCHED_BYTES : keepsText ? KEPT_BYTES : 0,
  });
  const env = settings.list("env").map((pair) => splitPair(pair));
  return {
    clock: context.clock,
    executor,
    request: {
      command,
      args,
      graceMs: KILL_AFTER_MS,
      ...(env.length > 0 ? { env: Object.fromEntries(env) } : {}),
      ...(cwd === undefined ? {} : { cwd: resolve(context.cwd, cwd) }),
      ...(timeoutMs > 0 ? { timeoutMs } : {}),
    },
    output,
    patterns,
    http,
    keepsText,
  };
}

function splitPair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf("=");
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}

function patternOf(settings: Settings, which: "success" | "failure"): RegExp | undefined {
  const pattern = settings.pattern(`${which}-pattern`);
  if (!pattern || !settings.isOn("case-insensitive") || pattern.ignoreCase) return pattern;
  return new RegExp(pattern.source, `${pattern.flags}i`);
}

function httpRules(settings: Settings): HttpRules {
  return {
    minDelayMs: settings.number("http-min-delay")!,
    maxDelayMs: settings.number("http-max-delay")!,
    parseJson: settings.isOn("http-parse-json"),
    parseHeaders: settings.isOn("http-parse-headers"),
    trustClient: settings.isOn("http-trust-client"),
    customFields: settings.list("http-custom-fields"),
  };
}

function prefixOf(
  settings: Settings,
  name: string | undefined,
  command: string,
): ((stream: "stdout" | "stderr") => string) | undefined {
  const prefix = settings.text("output-prefix");
  if (prefix !== undefined) return () => (/\s$/.test(prefix) ? prefix : `${prefix} `);
  if (name !== undefined) return () => `[${name}] `;
  return settings.isOn("verbose") ? (stream) => `[${stream}:${command}] ` : undefined;
}
