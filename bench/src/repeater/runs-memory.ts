import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type BenchResult, runAlone } from "../frame.ts";

/** Where the built command is; `npm run bench` builds it first. */
const LAUNCHER = new URL("../../../packages/cli/bin/rpr.js", import.meta.url).pathname;

/** A million, as the claim has it, takes a quarter of an hour: `RPR_BENCH_RUNS=1000000`. */
const RUNS = Number(process.env["RPR_BENCH_RUNS"] ?? 20_000);
const FIRST_RUNS = RUNS > 100_000 ? 10_000 : RUNS / 2;
/** Runs go on while the last look is taken. */
const MORE_RUNS = 1_000;
const MOST_RATIO = 1.05;
const LINE_FEED = 0x0a;

/** What runs leave in the memory of `rpr`, whose lines tell how many there were. */
export async function run(): Promise<BenchResult> {
  const words = ["count", "--times", String(RUNS + MORE_RUNS), "--", "echo", "a line"];
  const rpr = spawn(process.execPath, [LAUNCHER, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(rpr, "close");
  const looks = new Map<number, number>();
  let lines = 0;
  rpr.stdout.on("data", (bytes: Buffer) => {
    for (const byte of bytes) {
      if (byte === LINE_FEED && (++lines === FIRST_RUNS || lines === RUNS)) looks.set(lines, residentMiB(rpr.pid!));
    }
  });
  const [code] = (await ended) as [number];
  if (code !== 0 || lines !== RUNS + MORE_RUNS) throw new Error(`rpr ended with ${code} after ${lines} lines`);
  const [first, last] = [looks.get(FIRST_RUNS)!, looks.get(RUNS)!];
  const ratio = last / first;
  return {
    title: "Memory of rpr after many runs",
    rows: [
      { name: `resident after ${FIRST_RUNS} runs`, value: first, unit: "MiB" },
      {
        name: `resident after ${RUNS} runs`,
        value: last,
        unit: "MiB",
        ratio,
        target: `at most ${MOST_RATIO} x`,
        ok: ratio <= MOST_RATIO,
      },
    ],
  };
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1_024;
}

if (import.meta.main) await runAlone(run);
