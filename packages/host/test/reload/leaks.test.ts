import { readdirSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { openReloadingHost, type ReloadingHost, type Tier } from "./reloading-host.ts";

const RELOADS = 200;

const countIn = (folder: string): number => (process.platform === "linux" ? readdirSync(folder).length : 0);

/** What the process holds: by kind, so that a difference says what it is. */
function held({ clock, runner }: ReloadingHost) {
  const resources = Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
  return {
    resources: Object.fromEntries(Object.entries(resources).map(([kind, all]) => [kind, all!.length])),
    threads: countIn("/proc/self/task"),
    descriptors: countIn("/proc/self/fd"),
    timers: clock.pendingTimers,
    generations: runner.alive.size,
    listeners: process.eventNames().map((name) => [name, process.listenerCount(name)]),
  };
}

async function reload(at: ReloadingHost, times: number): Promise<void> {
  for (let reloads = 0; reloads < times; reloads++) {
    expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
    await at.count.next();
  }
  // Threads that wait for the next plugin are made after all that goes on.
  for (let turns = 0; turns < 50; turns++) await turn();
}

test.each<Tier>(["worker", "inline"])(
  "Two hundred reloads in tier %s leave no handle, thread, listener, descriptor or timer behind [FLX-45]",
  { tags: ["slow"] },
  async (tier) => {
    await using at = await openReloadingHost(tier);
    await reload(at, 10);
    const before = held(at);
    await reload(at, RELOADS);
    // What was closed may take some turns to be gone; a timer of our own would be counted.
    for (let turns = 0; turns < 10_000 && !isDeepStrictEqual(held(at), before); turns++) await turn();
    expect(held(at)).toEqual(before);
    expect(await at.count.next()).toBe(`one ${RELOADS + 12}`);
  },
);
