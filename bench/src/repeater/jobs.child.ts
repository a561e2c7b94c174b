// Ten thousand jobs of one file in a process of its own, their commands run by nothing: `jobs.child.ts FILE SECONDS`.
import { processContext, type StopSignal } from "@berth/repeater";
import { readJobs, runJobs } from "@berth/repeater/jobs";
import { quantile } from "../frame.ts";

/** What the probe prints. */
export interface JobsMeasurement {
  jobs: number;
  /** From the start to the first run of the last job, reading the file included. */
  setUpMs: number;
  readMs: number;
  runs: number;
  p50Ms: number;
  p99Ms: number;
  longestMs: number;
  early: number;
  double: number;
  lost: number;
  /** Share of one core. */
  cpuShare: number;
  rssMiB: number;
}

const PERIOD_MS = 60_000;
const STOPPED: StopSignal = "SIGTERM";

const [path, seconds] = process.argv.slice(2);
const startedMs = performance.now();
const runs: { job: number; at: number }[] = [];
let onStop: ((signal: StopSignal) => void) | undefined;
const context = {
  ...processContext(),
  onSignal: (stop: (signal: StopSignal) => void) => {
    onStop = stop;
    return { [Symbol.dispose]: () => undefined };
  },
};
const openPlugins = (): never => {
  throw new Error("no plugins are measured here");
};
const file = await readJobs(path!, { context, openPlugins, own: undefined, over: new Map([["quiet", true]]) });
const readMs = performance.now() - startedMs;
const running = runJobs(context, file, {
  jobs: file.jobs,
  maxParallel: 1_000,
  state: undefined,
  isVerbose: false,
  isQuiet: true,
  hasTable: false,
  openPlugins,
  openShell: () => ({
    run({ args: [job] }) {
      runs.push({ job: Number(job), at: now() });
      return Promise.resolve({ exitCode: 0, signal: null, durationMs: 0, timedOut: false });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
});
await turn();
const setUpMs = performance.now() - startedMs;
// From between two seconds to between two seconds, so that no slot is at the edge; before that it warms up.
const from = Math.ceil(Date.now() / 1_000) * 1_000 + 2_500;
await until(from);
runs.length = 0;
const cpuBefore = process.cpuUsage();
const measuredFromMs = performance.now();
await until(from + Number(seconds) * 1_000);
const { user, system } = process.cpuUsage(cpuBefore);
const cpuShare = (user + system) / 1_000 / (performance.now() - measuredFromMs);
const rssMiB = process.memoryUsage().rss / 2 ** 20;
const measured = runs.slice();
onStop?.(STOPPED);
await running;
console.log(JSON.stringify({ ...judge(measured), setUpMs, readMs, cpuShare, rssMiB }));

function judge(
  all: readonly { job: number; at: number }[],
): Omit<JobsMeasurement, "setUpMs" | "readMs" | "cpuShare" | "rssMiB"> {
  // A run before its second would be one of the minute before, nearly a minute late.
  const lateMs = all.map(({ job, at }) => (at - (job % 60) * 1_000) % PERIOD_MS);
  const different = new Set(all.map(({ job }, at) => `${job} ${Math.round((all[at]!.at - lateMs[at]!) / 1_000)}`));
  const due = Array.from(
    { length: file.jobs.length },
    (_, job) => ((job % 60) * 1_000 - (from % PERIOD_MS) + PERIOD_MS) % PERIOD_MS,
  );
  const expected = due.filter((afterMs) => afterMs < Number(seconds) * 1_000).length;
  return {
    jobs: file.jobs.length,
    runs: all.length,
    p50Ms: quantile(lateMs, 0.5),
    p99Ms: quantile(lateMs, 0.99),
    longestMs: Math.max(0, ...lateMs),
    early: lateMs.filter((late) => late > PERIOD_MS / 2).length,
    double: all.length - different.size,
    lost: expected - different.size,
  };
}

/** The wall clock, finer than its milliseconds. */
function now(): number {
  return Number(Temporal.Now.instant().epochNanoseconds) / 1e6;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function until(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs - Date.now()));
}
