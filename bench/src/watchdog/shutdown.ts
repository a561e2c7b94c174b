import type { Tier } from "@berth/contract";
import { type BenchResult, type BenchRow, quantile, runAlone } from "../frame.ts";
import { oneOf, readOptions, wholeNumber } from "../read-options.ts";
import { runStopTrial, type StopResult } from "./stop-trial.ts";
import { STOP_WAYS, type StopWay } from "./stop-ways.ts";

const TIERS = ["worker", "process"] as const satisfies Tier[];
const AFTER_DRAIN_MS = 5_000;
const SIGTERM_EXIT = 143;
const AT_A_TIME = 2;
/** Every third host is hurried by a second signal, every sixth ended by a third. */
const SIGNALS = [1, 1, 2, 1, 1, 3];
const BETWEEN_MS = 100;

interface Trial {
  tier: Tier;
  way: StopWay;
  signals: number;
}

/**
 * Stops `berth run` by SIGTERM, again and again, while a plugin does what keeps it from stopping.
 * `node bench/src/watchdog/shutdown.ts --trials 1000 [--drain 500] [--tier worker]`
 */
export async function run(): Promise<BenchResult> {
  const asked = readOptions({ trials: wholeNumber(42), drain: wholeNumber(500, 0), tier: oneOf(TIERS) });
  const drainMs = asked.drain;
  const trials = trialsOf(asked.trials, asked.tier ? [asked.tier] : TIERS);
  const results: { trial: Trial; result: StopResult }[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let trial = trials[next++]; trial; trial = trials[next++]) {
      const { tier, way, signals } = trial;
      const result = await runStopTrial(tier, way, { drainMs, signals, betweenMs: BETWEEN_MS });
      tellOdd(trial, result, drainMs);
      results.push({ trial, result });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return { title: `Stop a host, ${trials.length} times, drain of ${drainMs} ms`, rows: rowsOf(results, drainMs) };
}

function trialsOf(count: number, tiers: readonly Tier[]): Trial[] {
  const all = tiers.flatMap((tier) =>
    STOP_WAYS.filter(({ notIn }) => !notIn?.includes(tier)).map((way) => ({ tier, way })),
  );
  return Array.from({ length: count }, (_, index) => ({
    ...all[index % all.length]!,
    // Shifted each round, so that every way meets every number of signals.
    signals: SIGNALS[(index + Math.floor(index / all.length)) % SIGNALS.length]!,
  }));
}

function rowsOf(results: readonly { trial: Trial; result: StopResult }[], drainMs: number): BenchRow[] {
  const count = (of: (result: StopResult, trial: Trial) => boolean): number =>
    results.filter(({ result, trial }) => of(result, trial)).length;
  const timesOf = (signals: number): number[] =>
    results.filter(({ trial }) => trial.signals === signals).map(({ result }) => result.tookMs);
  const none = (name: string, value: number): BenchRow => {
    return { name, value, unit: "trials", target: "none", ok: value === 0 };
  };
  const once = timesOf(1);
  return [
    { name: "SIGTERM to the end, median", value: quantile(once, 0.5), unit: "ms" },
    { name: "SIGTERM to the end, longest", value: Math.max(...once), unit: "ms" },
    { name: "with a second one, longest", value: Math.max(...timesOf(2)), unit: "ms" },
    { name: "with a third one, longest", value: Math.max(...timesOf(3)), unit: "ms" },
    none(
      `not over ${AFTER_DRAIN_MS} ms after the drain`,
      count(({ tookMs }) => tookMs > drainMs + AFTER_DRAIN_MS),
    ),
    none(
      `another exit code than ${SIGTERM_EXIT}`,
      count((result) => !isExpected(result)),
    ),
    none(
      "processes outlived the host",
      count(({ orphans }) => orphans > 0),
    ),
    // The third signal ends the process as it stands.
    none(
      "files left that an orderly end removes",
      count(({ files }, { signals }) => signals < 3 && files.length > 0),
    ),
  ];
}

/** A shell says 143 as well of a process that SIGTERM ended, as one that comes on its very last instructions does. */
function isExpected({ code, signal }: StopResult): boolean {
  return code === SIGTERM_EXIT || signal === "SIGTERM";
}

function tellOdd({ tier, way, signals }: Trial, result: StopResult, drainMs: number): void {
  const isOdd =
    result.tookMs > drainMs + AFTER_DRAIN_MS ||
    !isExpected(result) ||
    result.orphans > 0 ||
    (signals < 3 && result.files.length > 0);
  if (isOdd) console.error(`${tier}, ${way.name}, ${signals} signals: ${JSON.stringify(result)}`);
}

if (import.meta.main) await runAlone(run);
