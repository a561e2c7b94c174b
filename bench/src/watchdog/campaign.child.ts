import { readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import type { Tier } from "@berth/contract";
import type { SourceFault } from "@berth/testing";
import { quantile } from "../frame.ts";
import { type FaultyHost, openFaultyHost } from "./faulty-host.ts";

/**
 * One host in one tier, into whose plugins faults are injected while another plugin is called: `TIER FAULTS WIDTH`. Prints what was seen
 * as JSON; that it lives to do so is part of the result.
 */

/** Every fault that the target names. */
const FAULTS = [
  "throw",
  "reject-with-non-error",
  "throw-later",
  "reject-later",
  "exit",
  "abort",
  "hang",
  "ignore-signal",
  "loop",
  "heap-bomb",
  "buffer-bomb",
  "leak-descriptors",
  "flood-output",
  "flood-log",
] as const satisfies readonly SourceFault[];

/** Those that end their plugin at once. */
const CRASHES = ["throw-later", "reject-later", "exit"] as const satisfies readonly SourceFault[];

/** A fault that does not end by itself has so long before its caller gives it up. */
const CALL_LIMIT_MS = 300;
const QUIET_MS = 3_000;
/** Between two calls of the other plugin. */
const PACE_MS = 5;
/** Faults come apart where one at a time does, as they do in life; a campaign has no time for that. */
const BETWEEN_MS = 150;

/** What was seen in one tier. */
export interface Campaign {
  faults: number;
  /** Of those, how many the plugin did not answer after any more. */
  lost: string[];
  quietMs: { bare: number; waiting: number; longestStall: number };
  faultyMs: { bare: number; waiting: number; longestStall: number; calls: number; failed: number };
  /** From the call that ends the plugin to the next answer; backoff is none. */
  crashToServingMs: number;
  recoveredMs: Record<string, { median: number; longest: number }>;
  stalledBy: string;
  left: { descriptors: number; children: number; stuck: number };
}

interface Sample {
  bare: number[];
  waiting: number[];
  failed: number;
}

async function campaign(tier: Tier, faults: number, width: number): Promise<Campaign> {
  // What stays open for the process's life is opened once.
  await (await openFaultyHost(tier, 1))[Symbol.asyncDispose]();
  const before = { descriptors: descriptors(), children: children() };
  const faulty = await openFaultyHost(tier, width);
  const recovered = new Map<string, number[]>();
  const lost: string[] = [];
  let quietMs: Campaign["quietMs"];
  let faultyMs: Campaign["faultyMs"];
  let stalledBy = "";
  try {
    await warmUp(faulty, width);
    using delay = watchDelay();
    const quiet = await sampled(faulty, () => setTimeout(QUIET_MS));
    quietMs = { bare: quantile(quiet.bare, 0.99), waiting: quantile(quiet.waiting, 0.99), longestStall: delay.take() };
    let longestStall = 0;
    let next = 0;
    const inject = async (nth: number): Promise<void> => {
      for (let number = next++; number < faults; number = next++) {
        const fault = FAULTS[number % FAULTS.length]!;
        try {
          const { recoveredMs } = await faulty.inject({ fault }, CALL_LIMIT_MS, nth);
          recovered.set(fault, [...(recovered.get(fault) ?? []), recoveredMs]);
        } catch (error) {
          lost.push(`${fault}: ${String(error)}`.slice(0, 300));
        }
        const stall = delay.take();
        if (stall > longestStall) [longestStall, stalledBy] = [stall, fault];
        if (width === 1) await setTimeout(BETWEEN_MS);
      }
    };
    const under = await sampled(faulty, () =>
      Promise.all(Array.from({ length: width }, (_, index) => inject(index + 1))),
    );
    faultyMs = {
      bare: quantile(under.bare, 0.99),
      waiting: quantile(under.waiting, 0.99),
      longestStall,
      calls: under.bare.length + under.waiting.length,
      failed: under.failed,
    };
  } finally {
    await faulty[Symbol.asyncDispose]();
  }
  await setTimeout(100);
  return {
    faults,
    lost,
    quietMs,
    faultyMs,
    stalledBy,
    crashToServingMs: quantile(
      CRASHES.flatMap((fault) => recovered.get(fault) ?? []),
      0.99,
    ),
    recoveredMs: Object.fromEntries(
      [...recovered].map(([fault, ms]) => [fault, { median: quantile(ms, 0.5), longest: Math.max(...ms) }]),
    ),
    left: {
      descriptors: descriptors() - before.descriptors,
      children: children() - before.children,
      stuck: faulty.host.plugins.plugins.reduce((sum, { stuck }) => sum + stuck.length, 0),
    },
  };
}

/** Each fault once: code that runs for the first time is compiled, and holds up the thread it is compiled in. */
async function warmUp(faulty: FaultyHost, width: number): Promise<void> {
  await faulty.callBare();
  await faulty.callWaiting();
  for (let nth = 1; nth <= width; nth++) await faulty.inject({}, 10_000, nth);
  for (const fault of FAULTS) await faulty.inject({ fault }, CALL_LIMIT_MS);
}

/** How long calls of the other plugin take while `work` goes on. */
async function sampled(faulty: FaultyHost, work: () => Promise<unknown>): Promise<Sample> {
  const sample: Sample = { bare: [], waiting: [], failed: 0 };
  const over = new AbortController();
  const measure = async (call: () => Promise<void>, into: number[]): Promise<void> => {
    while (!over.signal.aborted) {
      const startedMs = performance.now();
      await call().then(
        () => into.push(performance.now() - startedMs),
        () => sample.failed++,
      );
      await setTimeout(PACE_MS);
    }
  };
  const measuring = [
    measure(() => faulty.callBare(), sample.bare),
    measure(() => faulty.callWaiting(), sample.waiting),
  ];
  await work();
  over.abort();
  await Promise.all(measuring);
  return sample;
}

/** How late the event loop was at most since the last look, ms. */
function watchDelay(): { take(): number } & Disposable {
  const histogram = monitorEventLoopDelay({ resolution: 5 });
  histogram.enable();
  return {
    take: () => {
      const longest = histogram.max / 1e6;
      histogram.reset();
      return longest;
    },
    [Symbol.dispose]: () => void histogram.disable(),
  };
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

function children(): number {
  return readdirSync("/proc/self/task").flatMap((task) => {
    const text = readFileSync(`/proc/self/task/${task}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ");
  }).length;
}

const [tier, faults, width] = process.argv.slice(2) as [Tier, string, string];
console.log(JSON.stringify(await campaign(tier, Number(faults), Number(width))));
