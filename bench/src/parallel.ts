import { sleep, systemClock } from "@berth/base";
import { JobLoop } from "@berth/jobs";
import { composeEndpoint, DeadlineWheel } from "@berth/kernel/calls";
import { type BenchResult, interleaved, runAlone } from "./frame.ts";

const SOURCES = 20;
const TAKES_MS = 200;
const ROUNDS = 3;

/** Sources that take their time, through loop and endpoint as signage runs them. */
export async function run(): Promise<BenchResult> {
  const ms = await interleaved(ROUNDS, {
    slowest: () => timeRuns(1, 1),
    parallel: () => timeRuns(SOURCES, SOURCES),
    usual: () => timeRuns(SOURCES, 8),
    sequential: () => timeRuns(SOURCES, 1),
  });
  const target = "at most 1.2 x the slowest";
  const ratio = ms.parallel / ms.slowest;
  return {
    title: `${SOURCES} sources of ${TAKES_MS} ms through the job loop`,
    rows: [
      { name: "the slowest alone", value: ms.slowest, unit: "ms" },
      { name: `Berth, width ${SOURCES}`, value: ms.parallel, unit: "ms", ratio, target, ok: ratio <= 1.2 },
      { name: "Berth, width 8", value: ms.usual, unit: "ms", ratio: ms.usual / ms.slowest },
      { name: "one after the other", value: ms.sequential, unit: "ms", ratio: ms.sequential / ms.slowest },
    ],
  };
}

async function timeRuns(sources: number, width: number): Promise<number> {
  using wheel = new DeadlineWheel(systemClock);
  await using loop = new JobLoop({ clock: systemClock, width });
  const ids = Array.from({ length: sources }, (_, index) => `source-${index}`);
  for (const id of ids) {
    const invoke = (_: string, { signal }: { signal: AbortSignal }): Promise<void> =>
      sleep(systemClock, TAKES_MS, signal);
    const endpoint = composeEndpoint({ name: id, invoke, clock: systemClock, wheel });
    loop.add({ id, trigger: { everyMs: 60_000 }, work: ({ signal }) => endpoint.call(id, { signal }) });
  }
  const startedMs = performance.now();
  await Promise.all(ids.map((id) => loop.runNow(id)));
  return performance.now() - startedMs;
}

if (import.meta.main) await runAlone(run);
