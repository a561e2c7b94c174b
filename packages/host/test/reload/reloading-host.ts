import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { Failpoints, ManualClock } from "@berth/base";
import { InlineRunner } from "@berth/runners/inline";
import { ProcessRunner } from "@berth/runners/process";
import { WorkerRunner } from "@berth/runners/worker";
import { createTestHost, type PluginToWrite, writePlugin } from "@berth/testing";
import { counter, type CounterVersion, openCounter } from "./counter.ts";
import { WatchedRunner } from "./watched-runner.ts";

export type Tier = "inline" | "worker" | "process";

/** What {@link openReloadingHost} makes. */
export type ReloadingHost = Awaited<ReturnType<typeof openReloadingHost>>;

/** A host with the counter, called once, over a clock that stands still: what needs no time to pass does not get any. */
export async function openReloadingHost(tier: Tier, first: CounterVersion = {}, others: readonly PluginToWrite[] = []) {
  const clock = new ManualClock(Date.now());
  const failpoints = new Failpoints();
  const runner = new WatchedRunner(runnerOf(tier, clock));
  const settings = { enabled: true, isolation: tier, accept_unenforced: [], ...limitsIn(tier) };
  const host = await createTestHost({
    plugins: [counter(first), ...others],
    keepsVersions: true,
    clock,
    failpoints,
    runners: [runner],
    config: {
      plugins: Object.fromEntries(["counter", ...others.map(({ name }) => name)].map((name) => [name, settings])),
    },
  });
  const plugins = join(host.folder, "plugins");
  const count = openCounter(host);
  await advanceUntil(clock, count.next());
  return {
    host,
    clock,
    failpoints,
    runner,
    count,
    /** Puts a version in the place of whatever is there. */
    async save(version: CounterVersion): Promise<string> {
      await rm(join(plugins, "counter"), { recursive: true, force: true });
      return writePlugin(plugins, counter(version));
    },
    /** What is left of generations is given its time to go, and those that are asked how they are the time to answer. */
    async untilOneIsLeft(): Promise<void> {
      while (runner.alive.size > 1) {
        for (let turns = 0; (turns < 300 || runner.checks > 0) && runner.alive.size > 1; turns++) await turn();
        if (runner.alive.size > 1) await clock.advance(1_000);
      }
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** Time goes on by leaps here, and a real thread or process cannot answer within one. */
function limitsIn(tier: Tier) {
  return tier === "inline" ? {} : { limits: { kill_unresponsive_after_ms: 3_600_000, unresponsive_after_ms: 600_000 } };
}

/** Waits until `isSo`, through as many turns as that takes. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

/** Lets time pass as it does, for work that waits for files, or for a machine to be looked at. */
export async function advanceUntil(clock: ManualClock, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const end = (): void => over.abort();
  void work.then(end, end);
  while (!over.signal.aborted) {
    const sinceMs = performance.now();
    await pause(1);
    await clock.advance(Math.ceil(performance.now() - sinceMs));
  }
}

function runnerOf(tier: Tier, clock: ManualClock) {
  if (tier === "inline") return new InlineRunner();
  if (tier === "worker") return new WorkerRunner({ clock, warm: 1 });
  return new ProcessRunner({ clock, warm: 1, minimumLevel: () => "runtime", onTrouble: () => undefined });
}
