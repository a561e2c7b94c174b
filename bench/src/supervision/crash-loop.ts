import { setTimeout as sleep } from "node:timers/promises";
import type { Tier } from "@berth/contract";
import { type BenchResult, type BenchRow, quantile, runAlone } from "../frame.ts";
import { oneOf, readOptions, wholeNumber } from "../read-options.ts";
import { openCrashingHost } from "./crashing-host.ts";
import { type Held, heldNow } from "./held.ts";

const TIERS = ["worker", "process"] as const satisfies Tier[];
type CrashingTier = (typeof TIERS)[number];
/** How often each is ended by default; `--crashes 10000 [--tier worker]` does it as often as that. */
const CRASHES: Readonly<Record<CrashingTier, number>> = { worker: 2_000, process: 500 };
/** What is there by then is there for good: caches, the compiler, the pool. */
const FIRST = 10;
/** The pool fills itself, and what was ended is gone, well within that. */
const SETTLE_MS = 2_000;
/** What 10,000 crashes may add to the heap, and to what the allocator keeps, MiB. */
const MOST_HEAP_MB = 8;
const MOST_RESIDENT_MB = 100;
const MOST_MS: Readonly<Record<CrashingTier, number>> = { worker: 250, process: 500 };

/** A plugin that ends again and again: what that leaves behind, and how soon it serves again. */
export async function run(): Promise<BenchResult> {
  const { crashes, tier: only } = readOptions({ crashes: wholeNumber(undefined, FIRST + 1), tier: oneOf(TIERS) });
  const rows: BenchRow[] = [];
  for (const tier of only ? [only] : TIERS) rows.push(...(await loop(tier, crashes ?? CRASHES[tier])));
  return { title: "Crash loop: from the crash to the next answer, and what is left of it", rows };
}

async function loop(tier: CrashingTier, crashes: number): Promise<BenchRow[]> {
  await using at = await openCrashingHost(tier);
  for (let nth = 0; nth < FIRST; nth++) await at.crash();
  await sleep(SETTLE_MS);
  const before = heldNow(at.host.dataFolder);
  const times: number[] = [];
  for (let nth = FIRST; nth < crashes; nth++) times.push(await at.crash());
  await sleep(SETTLE_MS);
  const after = heldNow(at.host.dataFolder);
  const added = (name: keyof Held): number => after[name] - before[name];
  const p99 = quantile(times, 0.99);
  return [
    { name: `${tier}: crashes`, value: crashes, unit: "" },
    { name: `${tier}: serves again, median`, value: quantile(times, 0.5), unit: "ms" },
    {
      name: `${tier}: serves again, p99`,
      value: p99,
      unit: "ms",
      target: `≤ ${MOST_MS[tier]} ms`,
      ok: p99 <= MOST_MS[tier],
    },
    ...(["descriptors", "children", "threads", "sockets", "files"] as const).map((name) =>
      left(tier, name, added(name), 0, ""),
    ),
    left(tier, "heap", added("heapMb"), MOST_HEAP_MB, "MiB"),
    left(tier, "resident memory", added("residentMb"), MOST_RESIDENT_MB, "MiB"),
  ];
}

function left(tier: Tier, name: string, value: number, most: number, unit: string): BenchRow {
  return { name: `${tier}: ${name} left behind`, value, unit, target: `≤ ${most} ${unit}`.trim(), ok: value <= most };
}

if (import.meta.main) await runAlone(run);
