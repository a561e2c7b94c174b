import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Tier } from "@berth/contract";
import { type BenchResult, type BenchRow, runAlone } from "../frame.ts";
import { oneOf, readOptions, wholeNumber } from "../read-options.ts";
import type { Campaign } from "./campaign.child.ts";

const TIERS = ["worker", "process"] as const satisfies Tier[];
type FaultyTier = (typeof TIERS)[number];
const OPTIONS = { faults: wholeNumber(140), width: wholeNumber(1), pause: wholeNumber(100, 0), tier: oneOf(TIERS) };
const LONGEST_STALL_MS = 250;
const MOST_TIMES = 1.2;
const SERVING_MS: Readonly<Record<FaultyTier, number>> = { worker: 250, process: 500 };
const LONGEST_MS = 7_200_000;

/**
 * Injects faults of every kind into plugins, one after the other, and looks at what that does to the host and to other plugins.
 * `node bench/src/watchdog/faults.ts --faults 10000 [--tier worker] [--width 2]`. Those that only wait happen in a plugin of their own,
 * beside the others; with a width, so many of the others happen at a time, which leaves a machine of two cores no quiet moment: the times
 * of other plugins are then told, and held to nothing. Between two faults of one plugin pass
 * 100 ms (`--pause`), the longest wait before a second restart by default, since restarts here come at once. 10,000 faults take an hour,
 * without the pause 40 minutes.
 */
export async function run(): Promise<BenchResult> {
  const { tier: only, width, pause, ...asked } = readOptions(OPTIONS);
  const tiers = only ? [only] : TIERS;
  const faults = Math.ceil(asked.faults / tiers.length);
  const rows: BenchRow[] = [];
  for (const tier of tiers) rows.push(...rowsOf(tier, width, await runCampaign(tier, [faults, width, pause])));
  return { title: `Faults of plugins: ${faults} in each of ${tiers.join(", ")}, ${width} at a time`, rows };
}

/** In a process of its own, whose end would be one of a host. */
async function runCampaign(tier: Tier, numbers: readonly number[]): Promise<Campaign | undefined> {
  const file = join(import.meta.dirname, "campaign.child.ts");
  const child = spawn(process.execPath, [file, tier, ...numbers.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LONGEST_MS,
  });
  const [stdout, exit] = await Promise.all([text(child.stdout), once(child, "close")]);
  try {
    return JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1)) as Campaign;
  } catch {
    console.error(`${tier}: the host ended: ${exit.join(" ")}`);
    return undefined;
  }
}

function rowsOf(tier: FaultyTier, width: number, seen: Campaign | undefined): BenchRow[] {
  const exits = seen ? 0 : 1;
  const first = none(`${tier}: exits of the host`, exits, "exits");
  if (!seen) return [first];
  const { lost, quietMs, faultyMs, crashToServingMs, recoveredMs, left, stalledBy } = seen;
  for (const each of lost) console.error(`${tier}: did not recover: ${each}`);
  const stall = faultyMs.longestStall;
  const ratio = faultyMs.waiting / quietMs.waiting;
  const isHeld = width === 1;
  const servingMs = SERVING_MS[tier];
  return [
    first,
    none(`${tier}: faults after which the plugin did not answer any more`, lost.length, "faults"),
    { name: `${tier}: longest stall of the event loop, quiet`, value: quietMs.longestStall, unit: "ms" },
    {
      name: `${tier}: longest stall of the event loop, faults (${stalledBy})`,
      value: stall,
      unit: "ms",
      target: `≤ ${LONGEST_STALL_MS} ms`,
      ok: stall <= LONGEST_STALL_MS,
    },
    {
      name: `${tier}: other plugin's call of 20 ms, quiet, 99 of 100 (of ${quietMs.waitingCalls})`,
      value: quietMs.waiting,
      unit: "ms",
    },
    {
      name: `${tier}: other plugin's call of 20 ms, faults, 99 of 100 (of ${faultyMs.waitingCalls})`,
      value: faultyMs.waiting,
      unit: "ms",
      ratio,
      ...(isHeld ? { target: `≤ ${MOST_TIMES} x quiet`, ok: ratio <= MOST_TIMES } : {}),
    },
    { name: `${tier}: other plugin's bare call, quiet, 99 of 100`, value: quietMs.bare, unit: "ms" },
    {
      name: `${tier}: other plugin's bare call, faults, 99 of 100`,
      value: faultyMs.bare,
      unit: "ms",
      ratio: faultyMs.bare / quietMs.bare,
    },
    {
      name: `${tier}: crash to serving again, 99 of 100`,
      value: crashToServingMs,
      unit: "ms",
      ...(isHeld ? { target: `≤ ${servingMs} ms`, ok: crashToServingMs <= servingMs } : {}),
    },
    none(`${tier}: other plugin's calls that failed, of ${faultyMs.calls}`, faultyMs.failed, "calls"),
    none(`${tier}: descriptors left behind`, Math.max(0, left.descriptors), "left"),
    none(`${tier}: children left behind`, Math.max(0, left.children), "left"),
    none(`${tier}: threads left behind`, left.stuck, "left"),
    ...Object.entries(recoveredMs).map(([fault, { median, longest }]) => ({
      name: `${tier}: ${fault}, to the next answer, median (longest ${longest.toFixed(0)} ms)`,
      value: median,
      unit: "ms",
    })),
  ];
}

function none(name: string, value: number, unit: string): BenchRow {
  return { name, value, unit, target: "none", ok: value === 0 };
}

if (import.meta.main) await runAlone(run);
