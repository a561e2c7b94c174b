import { resolve } from "node:path";
import { type Clock, Places } from "@berth/base";
import type { Settings } from "../config/settings.ts";
import { EXIT, type RprContext, SIGNAL_EXIT } from "../context.ts";
import type { Executor } from "../exec/executor.ts";
import type { PluginSide } from "../plugins/plugin-side.ts";
import { listen } from "../run/listen.ts";
import { QuickStartExecutor } from "../run/quick-start-executor.ts";
import type { RecordSink } from "../run/run-record.ts";
import { CollectInPauses } from "./collect-in-pauses.ts";
import { JournalFile } from "./job-journal.ts";
import { JobStates } from "./job-states.ts";
import type { JobStatus } from "./job-status.ts";
import { jobTable } from "./job-table.ts";
import { JobTimers } from "./job-timers.ts";
import { LiveBlock } from "./live-block.ts";
import type { JobEntry, JobsFile } from "./read-jobs.ts";
import type { StopReason } from "../run/stops.ts";
import { JobRunner, type JobsSurroundings } from "./run-job.ts";

/** How all jobs of a file are run. */
export interface RunJobsOptions {
  /** Those of the file that are wanted. */
  jobs: readonly JobEntry[];
  maxParallel: number;
  /** The file that keeps count. */
  state: string | undefined;
  isVerbose: boolean;
  isQuiet: boolean;
  /** Whether a terminal shows the table. */
  hasTable: boolean;
  openPlugins: () => Promise<PluginSide>;
  /** What runs commands of this machine. Default: as one command line would. */
  openShell?: (() => Executor) | undefined;
}

/** Runs all jobs until the last has ended, and gives the exit code. */
export async function runJobs(context: RprContext, file: JobsFile, options: RunJobsOptions): Promise<number> {
  await using opened = new AsyncDisposableStack();
  const timers = opened.use(new JobTimers(context.clock));
  const states = await openStates(context, file, options, opened);
  const pauses = opened.use(new CollectInPauses(context.clock, () => timers.pauseMs));
  const shared = new Shared(timers, options, opened);
  const screen = new Screen(context, options.hasTable);
  const surroundings: JobsSurroundings = {
    context: { ...context, ...screen.streams, clock: timers },
    timers,
    enter: new Places(options.maxParallel).enter,
    patterns: file.patterns,
    states,
    executorOf: (entry) => shared.executorOf(entry),
    outputsOf: (entry) => shared.outputsOf(entry),
    pluginSchedule: async ({ mode, pluginFlags, settings }) =>
      (await options.openPlugins()).openScheduler(mode, pluginFlags, settings),
    isVerbose: options.isVerbose,
    onChange: () => screen.refresh(),
    onRun: () => pauses.afterRun(),
  };
  const runners = options.jobs.map((entry) => new JobRunner(entry, surroundings));
  const say = (sentence: string): void =>
    void surroundings.context.err.write(Buffer.from(`${context.name}: ${sentence}\n`));
  using signals = listen(context, shared.executors, options.isQuiet ? () => undefined : say);
  const stopAll = (): void => runners.forEach((runner) => runner.stop(signals.stop.reason as StopReason));
  signals.stop.addEventListener("abort", stopAll, { once: true });
  screen.show(runners.map(({ status }) => status));
  const codes = await Promise.all(runners.map((runner) => runner.run()));
  screen[Symbol.dispose]();
  const signal = signals.first;
  if (signal !== undefined) return SIGNAL_EXIT[signal];
  const isWhole = options.jobs.length === file.jobs.length;
  if (isWhole && runners.every(({ status }) => status.phase === "done")) await states?.remove();
  return codes.every((code) => code === EXIT.ok) ? EXIT.ok : EXIT.failed;
}

async function openStates(
  { cwd }: RprContext,
  { jobs }: JobsFile,
  { state }: RunJobsOptions,
  opened: AsyncDisposableStack,
): Promise<JobStates | undefined> {
  if (state === undefined) return undefined;
  const journal = new JournalFile(resolve(cwd, state));
  return opened.use(await JobStates.open(journal, new Set(jobs.map(({ name }) => name)), state));
}

/** Where the table is drawn, and what else is written; without a terminal nothing is drawn. */
class Screen implements Disposable {
  readonly #context: RprContext;
  readonly #terminal: RprContext["terminal"];
  #block: LiveBlock | undefined;

  constructor(context: RprContext, hasTable: boolean) {
    this.#context = context;
    this.#terminal = hasTable ? context.terminal : undefined;
  }

  get streams(): Pick<RprContext, "out" | "err"> {
    const { out, err } = this.#context;
    if (!this.#terminal) return { out, err };
    const above = { write: (bytes: Uint8Array) => (this.#block ?? out).write(bytes) };
    return { out: above, err: this.#terminal.isErrToo ? above : err };
  }

  show(jobs: readonly JobStatus[]): void {
    const { out, clock } = this.#context;
    const terminal = this.#terminal;
    if (terminal) this.#block = new LiveBlock(out, clock, () => jobTable(jobs, clock.now(), terminal.size()));
  }

  refresh(): void {
    this.#block?.refresh();
  }

  [Symbol.dispose](): void {
    this.#block?.[Symbol.dispose]();
    this.#block = undefined;
  }
}

/** Executors and outputs, which all jobs that name one have in common; opened when the first asks. */
class Shared {
  readonly executors: Executor[] = [];
  readonly #clock: Clock;
  readonly #options: RunJobsOptions;
  readonly #opened: AsyncDisposableStack;
  readonly #executors = new Map<string, Promise<Executor>>();
  readonly #outputs = new Map<string, Promise<RecordSink>>();

  constructor(clock: Clock, options: RunJobsOptions, opened: AsyncDisposableStack) {
    this.#clock = clock;
    this.#options = options;
    this.#opened = opened;
  }

  executorOf({ settings }: JobEntry): Promise<Executor> {
    const name = settings.text("executor")!;
    const executor = this.#executors.get(name) ?? this.#openExecutor(name, settings);
    this.#executors.set(name, executor);
    return executor;
  }

  async outputsOf({ settings }: JobEntry): Promise<readonly RecordSink[]> {
    const names = new Set([...settings.list("output"), ...settings.outputs]);
    if (names.size === 0) return [];
    return Promise.all([...names].map((name) => this.#outputOf(name, settings)));
  }

  async #openExecutor(name: string, settings: Settings): Promise<Executor> {
    const { openShell = () => new QuickStartExecutor(this.#clock), openPlugins } = this.#options;
    const executor = name === "shell" ? openShell() : await (await openPlugins()).openExecutor(name, settings);
    this.executors.push(this.#opened.use(executor));
    return executor;
  }

  async #outputOf(name: string, settings: Settings): Promise<RecordSink> {
    const output = this.#outputs.get(name) ?? this.#openOutput(name, settings);
    this.#outputs.set(name, output);
    const sink = await output;
    // It goes on after the job that ends first.
    return { write: (record) => sink.write(record), [Symbol.asyncDispose]: () => Promise.resolve() };
  }

  async #openOutput(name: string, settings: Settings): Promise<RecordSink> {
    return this.#opened.use(await (await this.#options.openPlugins()).openOutput(name, settings));
  }
}
