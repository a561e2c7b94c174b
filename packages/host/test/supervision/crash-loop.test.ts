import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { crashing, type CrashingHost, crashingHost } from "./crashing.ts";

/** The bench does 10,000 of each. */
const CRASHES = { worker: 250, process: 40 } as const;
/** What is there by then is there for good: caches, the compiler, the pool of blank threads. */
const FIRST = 10;

/** What the host itself may open meanwhile, whatever crashes: a file of its log, a timer. One left by each crash is far more. */
const OF_THE_HOST = 3;

interface Held {
  descriptors: number;
  children: number;
  threads: number;
  sockets: number;
  timers: number;
}

function held(host: CrashingHost): Held {
  const files = readdirSync(host.dataFolder, { recursive: true, withFileTypes: true });
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    children: children(),
    threads: readdirSync("/proc/self/task").length,
    sockets: files.filter((file) => file.isSocket()).length,
    timers: process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length,
  };
}

/** Of this process, zombies included. */
function children(): number {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return all.filter((pid) => parentOf(pid) === process.pid).length;
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0; // It has ended meanwhile.
  }
}

/** Ends it without failing a call, which would open the breaker, and waits until it serves again. */
async function crash(host: CrashingHost, nth: number): Promise<void> {
  // Its answer may be lost with it.
  await host.ask("clock", "exitLater").catch(() => undefined);
  await host.until("plugin.crashed", "clock", nth);
  await host.ask("clock", "count");
}

async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await new Promise((resolve) => setImmediate(resolve));
}

describe.skipIf(process.platform !== "linux")("A crash loop", { tags: ["slow"] }, () => {
  test.each(["worker", "process"] as const)(
    "in tier %s leaves no descriptor, socket, zombie, thread or timer behind [BWK-95]",
    { timeout: 240_000 },
    async (tier) => {
      await using host = await crashingHost(
        [crashing("clock", { supervision: "max_restarts = 10000\nbackoff_ms = 0" })],
        // Spares come and go by a time of their own.
        { tier, config: { warm_pool: { workers: 0, processes: 0 } } },
      );
      for (let nth = 1; nth <= FIRST; nth++) await crash(host, nth);
      const before = held(host);
      for (let nth = FIRST + 1; nth <= CRASHES[tier]; nth++) await crash(host, nth);
      expect(host.supervision.statusOf("clock").restarts).toBe(CRASHES[tier]);
      // What was ended may take a moment to be gone.
      await until(() => {
        const now = held(host);
        return Object.entries(now).every(([name, count]) => count <= before[name as keyof Held] + OF_THE_HOST);
      });
    },
  );
});
