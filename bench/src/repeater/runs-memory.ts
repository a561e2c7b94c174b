import { openDefaultExecutor } from "@berth/repeater/exec";
import { type BenchResult, runAlone } from "../frame.ts";

/** A million, as the claim has it, takes a quarter of an hour: `RPR_BENCH_RUNS=1000000`. */
const RUNS = Number(process.env["RPR_BENCH_RUNS"] ?? 20_000);
const FIRST_RUNS = RUNS > 100_000 ? 10_000 : RUNS / 2;
const MOST_RATIO = 1.05;

/** What runs leave in the memory of the host. */
export async function run(): Promise<BenchResult> {
  await using executor = openDefaultExecutor();
  const request = { command: "echo", args: ["a line"], graceMs: 1_000, timeoutMs: 30_000 };
  const sink = { stdout: () => undefined, stderr: () => undefined };
  const never = new AbortController().signal;
  const runs = async (count: number): Promise<number> => {
    for (let done = 0; done < count; done++) await executor.run(request, sink, never);
    return process.memoryUsage.rss() / 2 ** 20;
  };
  const first = await runs(FIRST_RUNS);
  const last = await runs(RUNS - FIRST_RUNS);
  const ratio = last / first;
  return {
    title: "Memory of the host after many runs",
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

if (import.meta.main) await runAlone(run);
