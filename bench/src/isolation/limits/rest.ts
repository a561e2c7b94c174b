import { setTimeout as pause } from "node:timers/promises";
import { resolveLimits } from "@berth/runners/limits";
import type { BenchRow } from "../../frame.ts";
import { openBlank } from "./blank-runtime.ts";
import type { Surroundings } from "./surroundings.ts";

const PLUGINS = 20;
const SETTLES_MS = 3_000;
const RESTS_MS = 10_000;
const MOST_PERCENT = 2;

/** What the governor costs while twenty plugins do nothing but keep a timer. */
export async function measureRest({ governor, sandbox }: Surroundings): Promise<BenchRow[]> {
  await using opened = new AsyncDisposableStack();
  for (let plugin = 0; plugin < PLUGINS; plugin++) {
    const blank = opened.use(await openBlank("setInterval(() => {}, 1_000)", { launcher: sandbox }));
    const governed = governor.watch({
      plugin: `resting-${plugin}`,
      pid: blank.pid,
      ownProcesses: blank.processes,
      limits: resolveLimits({}),
      onLimit: () => {},
      onKilled: () => {},
    });
    opened.defer(async () => void (await governed.release()));
    blank.go();
  }
  await pause(SETTLES_MS);
  const before = { cpu: process.cpuUsage(), atMs: performance.now() };
  await pause(RESTS_MS);
  const { user, system } = process.cpuUsage(before.cpu);
  const percent = ((user + system) / 1_000 / (performance.now() - before.atMs)) * 100;
  const name = `governor, ${PLUGINS} plugins at rest, whole host process`;
  return [
    { name, value: percent, unit: "% of a core", target: `at most ${MOST_PERCENT} %`, ok: percent <= MOST_PERCENT },
  ];
}
