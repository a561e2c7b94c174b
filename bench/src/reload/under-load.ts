import { readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Tier } from "@berth/contract";
import { type BenchRow, quantile } from "../frame.ts";
import { saveCounting } from "./counting-plugin.ts";
import { openReloadingHost, type ReloadingHost } from "./reloading-host.ts";

const CALLS_PER_SECOND = 1_000;
const QUIET_MS = 2_000;
/** More than any run makes. */
const MOST_CALLS = 4_000_000;
/** Some twenty reloads a second: without a pause there is nothing but reloads, which take both cores for threads that start. */
const BETWEEN_MS = 40;
/** After so many, what a reload needs once is there. */
const SETTLED_AFTER = 10;
/** Figures that are near zero would make any ratio. */
const MOST_MORE_MS = 5;

/** Calls at a steady rate, whatever becomes of them. */
class Load {
  /** How often each count was answered. Outside the heap, which is measured. */
  readonly answered = new Uint8Array(MOST_CALLS);
  made = 0;
  failed = 0;
  readonly #waits = new Float64Array(MOST_CALLS);
  #waited = 0;
  #isOver = false;
  readonly #call: ReloadingHost["call"];
  #underWay = 0;
  readonly #allEnded = Promise.withResolvers<void>();

  constructor(call: ReloadingHost["call"]) {
    this.#call = call;
  }

  /** Keeps to the rate over time: what the timer is late, the next turn makes up for. */
  async run(): Promise<void> {
    const startedMs = performance.now();
    for (let sent = 0; !this.#isOver;) {
      const due = ((performance.now() - startedMs) * CALLS_PER_SECOND) / 1_000;
      for (; sent < due; sent++) this.#send();
      await pause(1);
    }
    if (this.#underWay > 0) await this.#allEnded.promise;
  }

  /** What calls took since the last look, ms. */
  takeWaits(): number[] {
    const waits = [...this.#waits.subarray(0, this.#waited)];
    this.#waited = 0;
    return waits;
  }

  end(): void {
    this.#isOver = true;
  }

  #count(count: number): void {
    this.made++;
    this.answered[count]!++;
  }

  #send(): void {
    const sentMs = performance.now();
    this.#underWay++;
    void this.#call()
      .then(
        ({ count }) => this.#count(count),
        () => void this.failed++,
      )
      .then(() => {
        this.#waits[this.#waited++] = performance.now() - sentMs;
        if (--this.#underWay === 0 && this.#isOver) this.#allEnded.resolve();
      });
  }
}

/** So many reloads of a plugin with state while it is called a thousand times a second. */
export async function measureUnderLoad(tier: Tier, reloads: number): Promise<BenchRow[]> {
  await using bench = await openReloadingHost(tier);
  const load = new Load(bench.call);
  const running = load.run();
  await pause(QUIET_MS);
  load.takeWaits();
  await pause(QUIET_MS);
  const quietMs = quantile(load.takeWaits(), 0.99);
  const took: number[] = [];
  let refused = 0;
  let settled = resourcesNow();
  for (let at = 1; at <= reloads; at++) {
    await saveCounting(bench.root, `version ${at}`);
    const startedMs = performance.now();
    const report = await bench.host.reloads.reload("counting");
    took.push(performance.now() - startedMs);
    if (report.outcome !== "reloaded") refused++;
    // What waits for the next reload is there again.
    await pause(BETWEEN_MS);
    if (at === SETTLED_AFTER) settled = resourcesNow();
  }
  // First: the times of a million calls would count as the host's.
  const after = resourcesNow();
  const busyMs = quantile(load.takeWaits(), 0.99);
  load.end();
  await running;
  const { lost, twice } = check(load.answered);
  const none = (name: string, value: number): BenchRow => {
    return { name: `${tier}: ${name}`, value, unit: "", target: "none", ok: value === 0 };
  };
  return [
    { name: `${tier}: one reload, median`, value: quantile(took, 0.5), unit: "ms" },
    { name: `${tier}: one reload, 99 of 100`, value: quantile(took, 0.99), unit: "ms" },
    {
      name: `${tier}: reloads under 1 s`,
      value: (100 * took.filter((ms) => ms < 1_000).length) / took.length,
      unit: "%",
      target: ">= 99.9",
      ok: took.filter((ms) => ms < 1_000).length >= took.length * 0.999,
    },
    { name: `${tier}: calls made`, value: load.made, unit: "" },
    none("reloads that came to nothing", refused),
    none("calls that failed", load.failed),
    none("updates of state lost", lost),
    none("calls counted twice", twice),
    {
      name: `${tier}: p99 of calls, more than without reloads`,
      value: busyMs - quietMs,
      unit: "ms",
      ...(tier === "process" ? {} : { target: `<= ${MOST_MORE_MS}`, ok: busyMs - quietMs <= MOST_MORE_MS }),
    },
    {
      name: `${tier}: heap, of what it was after ${SETTLED_AFTER} reloads`,
      value: after.heapMb,
      unit: "MiB",
      ratio: after.heapMb / settled.heapMb,
      target: tier === "inline" ? "leaks by nature" : "<= 1.05",
      ...(tier === "inline" ? {} : { ok: after.heapMb <= settled.heapMb * 1.05 }),
    },
    none("descriptors more", Math.max(0, after.descriptors - settled.descriptors)),
    none("threads more", Math.max(0, after.threads - settled.threads)),
  ];
}

/** Every call counts one: whatever was not lost or doubled is one each of 2, 3, 4, … (the first call opened the plugin). */
function check(answered: Uint8Array): { lost: number; twice: number } {
  const most = answered.findLastIndex((times) => times > 0);
  const counted = answered.subarray(2, most + 1);
  return { lost: counted.filter((times) => times === 0).length, twice: counted.filter((times) => times > 1).length };
}

function resourcesNow(): { heapMb: number; descriptors: number; threads: number } {
  collectGarbage();
  return {
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
    descriptors: readdirSync("/proc/self/fd").length,
    threads: readdirSync("/proc/self/task").length,
  };
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
}
