import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type BenchResult, type BenchRow, runAlone } from "./frame.ts";
import type { Firings } from "./schedule/probe.child.ts";

/** Each in a process of its own: memory is part of what is measured, and croner takes most of a gigabyte. */
const WAYS = ["berth", "timeouts", "croner"] as const;

/** Of Berth the middle one of so many rounds counts: on a busy machine one round tells more of the others. */
const ROUNDS = 3;

const MIB = 2 ** 20;

/** Ten thousand jobs, 167 of them due each second: how late they fire, and what it takes to keep them. */
export async function run(): Promise<BenchResult> {
  const [first, timeouts, croner] = WAYS.map(probe) as [Firings, Firings, Firings];
  const rounds = [first, ...Array.from({ length: ROUNDS - 1 }, () => probe("berth"))];
  const berth = rounds.sort((a, b) => a.p99Ms - b.p99Ms)[Math.floor(ROUNDS / 2)]!;
  const allFaults = rounds.reduce((sum, { early, double, lost }) => sum + early + double + lost, 0);
  return {
    title: `10,000 scheduled jobs, ${berth.expected} slots in ${berth.seconds} s`,
    rows: [
      late("Berth", berth, "at most 5 ms", berth.p99Ms <= 5),
      late("one setTimeout a job", timeouts),
      late("croner", croner, "of Berth", undefined, croner.p99Ms / berth.p99Ms),
      heap("Berth", berth, "at most 10 MB", berth.heapBytes <= 10 * 1_000_000),
      heap("one setTimeout a job", timeouts),
      heap("croner", croner, "of Berth", undefined, croner.heapBytes / berth.heapBytes),
      faults("Berth", berth, "none early, double or lost", allFaults === 0),
      faults("one setTimeout a job", timeouts),
      faults("croner", croner),
      { name: "Berth: set-up", value: berth.setUpMs, unit: "ms" },
      {
        name: "croner: set-up",
        value: croner.setUpMs,
        unit: "ms",
        ratio: croner.setUpMs / berth.setUpMs,
        target: "of Berth",
      },
    ],
  };
}

function probe(way: (typeof WAYS)[number]): Firings {
  const script = join(import.meta.dirname, "schedule/probe.child.ts");
  const output = execFileSync(process.execPath, ["--expose-gc", script, way], { encoding: "utf8", timeout: 60_000 });
  return JSON.parse(output) as Firings;
}

function late(name: string, { p50Ms, p99Ms }: Firings, target?: string, ok?: boolean, ratio?: number): BenchRow {
  const label = `${name}: lateness p99 (p50 ${p50Ms.toFixed(2)})`;
  return { name: label, value: p99Ms, unit: "ms", ...told(target, ok, ratio) };
}

function heap(name: string, { heapBytes }: Firings, target?: string, ok?: boolean, ratio?: number): BenchRow {
  return { name: `${name}: heap`, value: heapBytes / MIB, unit: "MiB", ...told(target, ok, ratio) };
}

function faults(name: string, { early, double, lost }: Firings, target?: string, ok?: boolean): BenchRow {
  const label = `${name}: early ${early}, double ${double}, lost ${lost}`;
  return { name: label, value: early + double + lost, unit: "faults", ...told(target, ok) };
}

function told(target?: string, ok?: boolean, ratio?: number): Pick<BenchRow, "target" | "ok" | "ratio"> {
  return {
    ...(target === undefined ? {} : { target }),
    ...(ok === undefined ? {} : { ok }),
    ...(ratio === undefined ? {} : { ratio }),
  };
}

if (import.meta.main) await runAlone(run);
