import { readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import type { Tier } from "@berth/contract";
import type { SourceFault } from "@berth/testing";
import { quantile } from "../frame.ts";
import { type FaultyHost, openFaultyHost } from "./faulty-host.ts";

/**
 * One host in one tier, into whose plugins faults are injected while another plugin is called: `TIER FAULTS WIDTH PAUSE`. Prints what was seen
 * as JSON; that it lives to do so is part of the result. Tells on standard error how far it is.
 */

/** Every fault that the target names, but those of `WAITING`. */
const BUSY = [
  "throw",
  "reject-with-non-error",
  "throw-later",
  "reject-later",
  "exit",
  "abort",
  "loop",
  "heap-bomb",
  "buffer-bomb",
  "leak-descriptors",
  "flood-output",
  "flood-log",
] as const satisfies readonly SourceFault[];

/** Those that use nothing while they last: they happen in a plugin of their own meanwhile. */
const WAITING = ["hang", "ignore-signal"] as const satisfies readonly SourceFault[];

/** Those that end their plugin at once. */
const CRASHES = ["throw-later", "reject-later", "exit"] as const satisfies readonly SourceFault[];

/** A fault that does not end by itself has so long before its caller gives it up. */
const CALL_LIMIT_MS = 100;
/** Between two calls of the other plugin. */
const PACE_MS = 5;
/** Calls of 20 ms at a time: of one after the other there are too few for a hundredth of them to say anything. */
const CALLERS = 4;
/**
 * The other plugin's calls are looked at by turns while nothing happens and while faults do, so that what else happens on the machine
 * meets both alike: at most so many turns, of at least so many rounds of all faults.
 */
const MOST_TURNS = 40;
const ROUNDS_A_TURN = 2;
const QUIET_MS = 1_500;
/** After the last fault of a turn, for what it leaves to do; belongs to neither. */
const SETTLE_MS = 300;
const TELL_EVERY_MS = 30_000;

/** What was seen in one tier. */
export interface Campaign {
  faults: number;
  /** Of those, how many the plugin did not answer after any more. */
  lost: string[];
  quietMs: Seen;
  faultyMs: Seen & { calls: number; failed: number };
  /** From the call that ends the plugin to the next answer; backoff is none. */
  crashToServingMs: number;
  recoveredMs: Record<string, { median: number; longest: number }>;
  stalledBy: string;
  left: { descriptors: number; children: number; stuck: number };
}

/** What 99 of 100 calls took at most, of how many of 20 ms, and the longest stall. */
interface Seen {
  bare: number;
  waiting: number;
  waitingCalls: number;
  longestStall: number;
}

interface Order {
  faults: number;
  width: number;
  pauseMs: number;
}

interface Sample {
  bare: number[];
  waiting: number[];
  failed: number;
}

async function campaign(tier: Tier, { faults, width, pauseMs }: Order): Promise<Campaign> {
  // What stays open for the process's life is opened once.
  const first = await openFaultyHost(tier, 1);
  // The first pipe of a process has libuv keep a descriptor in reserve.
  await first.callBare();
  await first[Symbol.asyncDispose]();
  const before = { descriptors: descriptors(), children: children() };
  const faulty = await openFaultyHost(tier, width + 1);
  const injected = new Injected(faulty);
  const quiet = emptySample();
  const under = emptySample();
  let quietStall = 0;
  try {
    await warmUp(faulty, width);
    using delay = watchDelay();
    const lookQuietly = async (): Promise<void> => {
      delay.take();
      await sampled(faulty, quiet, () => setTimeout(QUIET_MS));
      quietStall = Math.max(quietStall, delay.take());
    };
    let toldMs = performance.now();
    for (let from = 0; from < faults;) {
      await lookQuietly();
      const to = Math.min(faults, from + faultsATurn(faults));
      await sampled(faulty, under, () => injectAll(injected, delay, { from, to, width, pauseMs }));
      await setTimeout(SETTLE_MS);
      from = to;
      if (performance.now() - toldMs < TELL_EVERY_MS) continue;
      toldMs = performance.now();
      const ratio = quantile(under.waiting, 0.99) / quantile(quiet.waiting, 0.99);
      console.error(
        `${tier}: ${to} of ${faults} faults; longest stall ${injected.longestStall.toFixed(0)} ms, others ${ratio.toFixed(2)} x`,
      );
    }
    await lookQuietly();
  } finally {
    await faulty[Symbol.asyncDispose]();
  }
  await setTimeout(100);
  const { recovered, lost, longestStall, stalledBy } = injected;
  return {
    faults,
    lost,
    quietMs: seenOf(quiet, quietStall),
    faultyMs: {
      ...seenOf(under, longestStall),
      calls: under.bare.length + under.waiting.length,
      failed: under.failed,
    },
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

/** The faults that were injected so far, and what came of them. */
class Injected {
  readonly #faulty: FaultyHost;
  readonly #underWay = new Set<SourceFault>();
  readonly recovered = new Map<string, number[]>();
  readonly lost: string[] = [];
  longestStall = 0;
  stalledBy = "";

  constructor(faulty: FaultyHost) {
    this.#faulty = faulty;
  }

  /** Has it happen in the plugin of that number, and waits until that answers again. */
  async inject(fault: SourceFault, nth: number, delay: Delay): Promise<void> {
    this.#underWay.add(fault);
    try {
      const { recoveredMs } = await this.#faulty.inject({ fault }, CALL_LIMIT_MS, nth);
      const all = this.recovered.get(fault);
      if (all) all.push(recoveredMs);
      else this.recovered.set(fault, [recoveredMs]);
    } catch (error) {
      this.lost.push(`${fault}: ${String(error)}`.slice(0, 300));
    }
    const stall = delay.take();
    if (stall > this.longestStall) [this.longestStall, this.stalledBy] = [stall, [...this.#underWay].join(", ")];
    this.#underWay.delete(fault);
  }
}

/** Those numbered `from` to `to`: so many at a time of those that keep a processor busy, and beside them the others, one by one. */
async function injectAll(
  injected: Injected,
  delay: Delay,
  { from, to, width, pauseMs }: Omit<Order, "faults"> & { from: number; to: number },
): Promise<void> {
  const kinds = [...BUSY, ...WAITING];
  const faults = Array.from({ length: to - from }, (_, index) => kinds[(from + index) % kinds.length]!);
  const isWaiting = (fault: SourceFault): boolean => WAITING.some((one) => one === fault);
  const oneByOne = async (queue: SourceFault[], nth: number): Promise<void> => {
    for (let fault = queue.shift(); fault; fault = queue.shift()) {
      await injected.inject(fault, nth, delay);
      await setTimeout(pauseMs);
    }
  };
  const busy = faults.filter((fault) => !isWaiting(fault));
  const lanes = Array.from({ length: width }, (_, index) => oneByOne(busy, index + 1));
  await Promise.all([...lanes, oneByOne(faults.filter(isWaiting), width + 1)]);
}

/** Whole rounds of all faults. */
function faultsATurn(faults: number): number {
  const round = BUSY.length + WAITING.length;
  return round * Math.max(ROUNDS_A_TURN, Math.ceil(faults / round / MOST_TURNS));
}

/** Each fault once: code that runs for the first time is compiled, and holds up the thread it is compiled in. */
async function warmUp(faulty: FaultyHost, width: number): Promise<void> {
  await faulty.callBare();
  await faulty.callWaiting();
  for (let nth = 1; nth <= width + 1; nth++) await faulty.inject({}, 10_000, nth);
  for (const fault of [...BUSY, ...WAITING]) await faulty.inject({ fault }, CALL_LIMIT_MS);
}

/** How long calls of the other plugin take while `work` goes on. */
async function sampled(faulty: FaultyHost, sample: Sample, work: () => Promise<unknown>): Promise<void> {
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
  const measuring = [measure(() => faulty.callBare(), sample.bare)];
  for (let caller = 0; caller < CALLERS; caller++) {
    measuring.push(measure(() => faulty.callWaiting(), sample.waiting));
    await setTimeout(PACE_MS);
  }
  await work();
  over.abort();
  await Promise.all(measuring);
}

function emptySample(): Sample {
  return { bare: [], waiting: [], failed: 0 };
}

function seenOf({ bare, waiting }: Sample, longestStall: number): Seen {
  return {
    bare: quantile(bare, 0.99),
    waiting: quantile(waiting, 0.99),
    waitingCalls: waiting.length,
    longestStall,
  };
}

interface Delay extends Disposable {
  take(): number;
}

/** How late the event loop was at most since the last look, ms. */
function watchDelay(): Delay {
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

const [tier, ...numbers] = process.argv.slice(2) as [Tier, ...string[]];
const [faults = 0, width = 1, pauseMs = 0] = numbers.map(Number);
console.log(JSON.stringify(await campaign(tier, { faults, width, pauseMs })));
