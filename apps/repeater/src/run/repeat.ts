import { resolve } from "node:path";
import { neutralise } from "@berth/base";
import type { Settings } from "../config/settings.ts";
import type { RprContext } from "../context.ts";
import type { Executor } from "../exec/executor.ts";
import type { Schedule } from "../modes/schedule.ts";
import { runLine, summaryLines } from "../streams/summary.ts";
import { commandOptions } from "./command-options.ts";
import { Counters } from "./counters.ts";
import { exitCode, isComplete } from "./exit-code.ts";
import { listen } from "./listen.ts";
import { LongMemory } from "./long-memory.ts";
import { openSinks } from "./open-sinks.ts";
import { tellDue } from "./tell-due.ts";
import { runCommand } from "./run-command.ts";
import { runLoop } from "./run-loop.ts";
import type { RecordSink, RunRecord } from "./run-record.ts";
import { StateFile } from "./state-file.ts";
import { parseUntil } from "./until-time.ts";

/** What is to be repeated, and how. */
export interface Assignment {
  /** Of one job among several. */
  name?: string;
  /** The mode's name, for what is said. */
  mode: string;
  /** The plugin it comes from, for what is said. */
  plugin?: string | undefined;
  settings: Settings;
  command: string;
  args: readonly string[];
  openSchedule: (state: StateFile | undefined) => Promise<Schedule>;
  openExecutor: () => Promise<Executor>;
  /** Outputs of plugins, opened. */
  openOutputs: () => Promise<readonly RecordSink[]>;
}

/** Repeats until something ends it, and gives the exit code. */
export async function repeat(context: RprContext, assignment: Assignment): Promise<number> {
  const { settings, mode } = assignment;
  await using opened = new AsyncDisposableStack();
  const say = speaker(context);
  const counters = new Counters();
  const state = await openState(context, assignment, counters);
  const sinks = await openSinks(context, assignment, opened, say);
  const schedule = await assignment.openSchedule(state);
  const executor = opened.use(await assignment.openExecutor());
  const isVerbose = settings.isOn("verbose");
  const command = await commandOptions(context, assignment, executor, opened);
  using signals = listen(context, [executor], settings.isOn("quiet") ? () => undefined : say);
  const { clock } = context;
  const memory = new LongMemory();
  const startedMs = clock.monotonicMs();
  const from = assignment.plugin === undefined ? "" : ` (plugin ${assignment.plugin})`;
  if (isVerbose) say(`${mode}${from}: ${[assignment.command, ...assignment.args].join(" ")}`);
  const outcome = await runLoop({
    clock,
    schedule,
    run: (number, signal) => runCommand(number, command, signal),
    counters,
    stop: signals.stop,
    times: settings.number("times"),
    forMs: restOf(settings.number("for"), state, clock.now()),
    until: untilOf(settings, clock.now()),
    untilSuccess: settings.isOn("until-success"),
    maxConsecutiveFailures: settings.number("max-consecutive-failures"),
    parallel: settings.number("parallel") ?? 1,
    jitter: settings.delay("jitter"),
    graceMs: settings.number("grace")!,
    onDue: tellDue(settings, say),
    // A claim that is on the disk before the run begins: a crash in it does not repeat its time.
    ...(state ? { beforeRun: (due) => state.take("at" in due ? due.at : clock.now()) } : {}),
    afterRun: (record) => {
      tellRecord(record, settings, say);
      // Most keep nothing, and have nothing to wait for.
      const kept = state || sinks.length > 0 ? keep(record, sinks, state, counters) : undefined;
      return kept ? kept.then(() => memory.afterRun()) : memory.afterRun();
    },
  });
  if (state && isComplete(outcome)) await state.remove();
  await opened.disposeAsync();
  await tellEnd(context, settings, summaryLines(counters, outcome.reason, clock.monotonicMs() - startedMs));
  return exitCode(outcome, counters, signals.first);
}

async function keep(
  record: RunRecord,
  sinks: readonly RecordSink[],
  state: StateFile | undefined,
  counters: Counters,
): Promise<void> {
  for (const sink of sinks) await sink.write(record);
  await state?.ended(counters);
}

/** Sentences of `rpr` itself go to standard error. What a command or a file brought into them is harmless. */
function speaker({ err, name }: RprContext): (sentence: string) => void {
  return (sentence) => void err.write(Buffer.from(`${name}: ${neutralise(sentence)}\n`));
}

async function openState(
  { cwd, clock }: RprContext,
  { settings, mode, command, args }: Assignment,
  counters: Counters,
): Promise<StateFile | undefined> {
  const path = settings.text("state");
  if (path === undefined) return undefined;
  const state = await StateFile.open(resolve(cwd, path), JSON.stringify([mode, command, ...args]), clock.now());
  state.restore(counters);
  return state;
}

function restOf(forMs: number | undefined, state: StateFile | undefined, now: number): number | undefined {
  return forMs === undefined || !state ? forMs : Math.max(0, state.state.begunAt + forMs - now);
}

function untilOf(settings: Settings, now: number): number | undefined {
  const text = settings.text("until");
  return text === undefined ? undefined : parseUntil(text, now);
}

function tellRecord(record: RunRecord, settings: Settings, say: (sentence: string) => void): void {
  // What a shell says then would be hidden with the rest.
  if (record.exitCode === 127 && settings.isOn("quiet"))
    say(`run ${record.run}: there is no such program (exit code 127)`);
  if (record.because === "not-started") say(`run ${record.run} failed: ${record.error}`);
  else if (record.because === "timeout" && !settings.isOn("quiet") && !settings.isOn("verbose")) {
    say(`run ${record.run} was stopped: it took longer than --timeout allows`);
  }
  if (settings.isOn("verbose")) say(runLine(record));
}

async function tellEnd({ out, err }: RprContext, settings: Settings, text: string): Promise<void> {
  if (settings.isOn("stats-only")) await out.write(Buffer.from(text));
  else if (settings.isOn("verbose")) await err.write(Buffer.from(text));
}
