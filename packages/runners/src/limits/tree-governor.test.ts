import { ManualClock } from "@berth/base";
import type { LimitEvent } from "@berth/kernel/runner";
import * as fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { KilledReason } from "./governed.ts";
import { GovernorLoop } from "./governor-loop.ts";
import { resolveLimits } from "./resolve-limits.ts";
import { type Appetite, SimulatedTree } from "./test/simulated-tree.ts";
import { TreeGovernor, type TreeGovernorOptions } from "./tree-governor.ts";
import { UsageBoard } from "./usage-board.ts";

const CORES = 4;
const UNLIMITED = { cpu_percent: 6_400, disk_io_mb_per_sec: 100_000, memory_mb: 65_536 };

interface Watched {
  clock: ManualClock;
  tree: SimulatedTree;
  governor: TreeGovernor;
  loop: GovernorLoop;
  board: UsageBoard;
  events: LimitEvent[];
  killed: KilledReason[];
}

/** A simulated tree under a governor of its own. */
function watch(limits: Partial<TreeGovernorOptions["limits"]>, options: Partial<TreeGovernorOptions> = {}): Watched {
  const clock = new ManualClock();
  const tree = new SimulatedTree(clock);
  const board = new UsageBoard();
  const events: LimitEvent[] = [];
  const killed: KilledReason[] = [];
  const governor = new TreeGovernor({
    tree,
    limits: resolveLimits({ ...UNLIMITED, ...limits }),
    ownProcesses: 1,
    baselineMb: 0,
    cores: CORES,
    heldByGroup: new Set(),
    board,
    nowMs: clock.monotonicMs(),
    onLimit: (event) => events.push(event),
    onKilled: (reason) => killed.push(reason),
    ...options,
  });
  const loop = new GovernorLoop(clock);
  loop.add(1, governor);
  onTestFinished(() => loop[Symbol.dispose]());
  return { clock, tree, governor, loop, board, events, killed };
}

/** The longest time between two looks from `fromMs` on. */
function longestGap(looks: readonly number[], fromMs: number): number {
  const later = looks.filter((atMs) => atMs >= fromMs);
  return Math.max(...later.slice(1).map((atMs, index) => atMs - later[index]!));
}

describe("a share of CPU", () => {
  test.each([
    [10, 1],
    [10, 4],
    [50, 1],
    [50, 4],
    [150, 4],
  ])(
    "of %i percent is held to within a tenth, with %i busy threads [OPS-52, BWK-9, FLX-36]",
    async (percent, threads) => {
      const { clock, tree } = watch({ cpu_percent: percent });
      tree.appetite = { cores: threads };
      await clock.advance(4_000);
      const share = (tree.cpuMs / 4_000) * 100;
      expect(share / percent).toBeGreaterThan(0.9);
      expect(share / percent).toBeLessThan(1.1);
    },
  );

  test("is exact in the long run whatever the plugin does in between", async () => {
    const turn = fc.record({ ms: fc.integer({ min: 1, max: 900 }), cores: fc.constantFrom(0, 0.02, 0.3, 1, CORES) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.array(turn, { maxLength: 20 }), async (percent, turns) => {
        const { clock, tree } = watch({ cpu_percent: percent });
        for (const { ms, cores } of turns) {
          tree.appetite = { cores };
          await clock.advance(ms);
        }
        const allowed = (clock.monotonicMs() * percent) / 100;
        // Two slices it may have saved, and what it can use up to the look that stops it.
        expect(tree.cpuMs).toBeLessThanOrEqual(allowed + 2 * percent + CORES * 250);
      }),
      { numRuns: 50 },
    );
  });

  test("that it keeps to does not stop it", async () => {
    const { clock, tree, board, events } = watch({ cpu_percent: 50 });
    tree.appetite = { cores: 0.45 };
    await clock.advance(20_000);
    expect({ pausedMs: board.pausedMs, events }).toEqual({ pausedMs: 0, events: [] });
    expect(tree.cpuMs).toBeCloseTo(9_000, -1);
  });

  test("may be larger until it has started", async () => {
    const { clock, tree, governor } = watch({ cpu_percent: 10 }, { startCpuPercent: 100 });
    tree.appetite = { cores: 1 };
    await clock.advance(2_000);
    const starting = tree.cpuMs;
    governor.started();
    await clock.advance(4_000);
    expect({ starting, started: Math.round((tree.cpuMs - starting) / 40) }).toEqual({ starting: 2_000, started: 10 });
  });

  test("is not held a second time where a control group holds it", async () => {
    const { clock, tree, events } = watch({ cpu_percent: 10 }, { heldByGroup: new Set(["cpu_percent"] as const) });
    tree.appetite = { cores: 1 };
    await clock.advance(1_000);
    expect({ cpuMs: tree.cpuMs, events }).toEqual({ cpuMs: 1_000, events: [] });
  });

  test("that it goes past is told once at the start and once in ten seconds, with the pace it went at", async () => {
    const { clock, tree, events } = watch({ cpu_percent: 10 });
    tree.appetite = { cores: 2 };
    await clock.advance(9_000);
    expect(events).toEqual([{ limit: "cpu_percent", allowed: 10, used: 200, action: "slowed" }]);
    await clock.advance(16_000);
    expect(events).toHaveLength(3);
  });
});

describe("a rate of disk I/O", () => {
  test("is held to within 10 % [OPS-54, OPS-23]", async () => {
    const { clock, tree, events } = watch({ disk_io_mb_per_sec: 50 });
    tree.appetite = { cores: 0.5, diskMbPerMs: 1 };
    await clock.advance(20_000);
    expect(tree.diskMb / 20 / 50).toBeGreaterThan(0.9);
    expect(tree.diskMb / 20 / 50).toBeLessThan(1.1);
    expect(events[0]).toEqual({ limit: "disk_io_mb_per_sec", allowed: 50, used: 1_000, action: "slowed" });
  });
});

describe("memory", () => {
  test("that grows past the limit ends it before a quarter more is used [OPS-53, RPT-143, BWK-8]", async () => {
    const { clock, tree, killed, events } = watch({ memory_mb: 256 });
    await clock.advance(5_000);
    tree.appetite = { cores: 1, memoryMbPerMs: 1 };
    await clock.advance(1_000);
    expect(tree.isAlive).toBe(false);
    expect(tree.memoryMb).toBeLessThan(256 * 1.25);
    expect(events).toEqual([{ limit: "memory_mb", allowed: 256, used: expect.any(Number), action: "ended" }]);
    expect(killed).toEqual([
      { event: events[0], message: expect.stringMatching(/^it used \d+ MiB of memory, where 256 are allowed$/) },
    ]);
  });

  test("of the blank runtime is not charged", async () => {
    const { clock, tree, killed, board } = watch({ memory_mb: 16 }, { baselineMb: 30 });
    tree.memoryMb = 40;
    tree.appetite = { cores: 0.01 };
    await clock.advance(1_000);
    expect({ used: board.usage.memoryMb, killed }).toEqual({ used: 10, killed: [] });
  });
});

test("More programs than it may start end it [OPS-20]", async () => {
  const { clock, tree, killed } = watch({ processes: 2 }, { ownProcesses: 3 });
  tree.processes = 5;
  await clock.advance(500);
  expect(killed).toEqual([]);
  tree.processes = 6;
  await clock.advance(500);
  expect(killed.map(({ message }) => message)).toEqual(["it started 3 programs of its own, where 2 are allowed"]);
});

test("a tree whose program was not started yet when the watch began is found whole by the next look [OPS-20]", async () => {
  const { clock, tree, killed } = watch({ processes: 0 }, { ownProcesses: 3 });
  tree.processes = 2;
  await clock.advance(500);
  tree.unseen = 2;
  await clock.advance(250);
  expect([tree.processes, killed]).toMatchObject([4, [{ event: { limit: "processes", used: 1 } }]]);
});

test("programs that were started without a trace are found within a second or so [OPS-20]", async () => {
  const { clock, tree, killed } = watch({ processes: 1 });
  await clock.advance(10_000);
  tree.unseen = 2;
  await clock.advance(1_250);
  expect(killed).toMatchObject([{ event: { limit: "processes", allowed: 1, used: 2 } }]);
});

test("As many open files as are allowed are told, more end it [BWK-10]", async () => {
  const { clock, tree, killed, events } = watch({ file_handles: 64 });
  tree.appetite = { cores: 0.01 };
  tree.files = 64;
  await clock.advance(3_000);
  expect(events).toEqual([{ limit: "file_handles", allowed: 64, used: 64, action: "refused" }]);
  tree.files = 65;
  await clock.advance(1_100);
  expect(killed[0]?.event).toEqual({ limit: "file_handles", allowed: 64, used: 65, action: "ended" });
});

test("A data folder that outgrows its limit ends the plugin", async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), "berth-data-"));
  onTestFinished(() => rmSync(dataFolder, { recursive: true }));
  const { clock, tree, killed } = watch({ disk_mb: 1 }, { dataFolder });
  tree.appetite = { cores: 0.1, diskMbPerMs: 0.001 };
  await clock.advance(2_000);
  expect(killed).toEqual([]);
  writeFileSync(join(dataFolder, "much"), Buffer.alloc(2 ** 21, 1));
  await clock.advance(12_000);
  expect(killed[0]?.event).toEqual({ limit: "disk_mb", allowed: 1, used: expect.any(Number), action: "ended" });
});

describe("the pace of looking", () => {
  test("is slow at rest, ten times a second when calm, and quick near a limit", async () => {
    const { clock, tree } = watch({ memory_mb: 100, cpu_percent: 100 });
    await clock.advance(10_000);
    const atRest = tree.looks.filter((atMs) => atMs >= 5_000).length;
    tree.appetite = { cores: 0.1 };
    await clock.advance(10_000);
    const whenCalm = tree.looks.filter((atMs) => atMs >= 15_000).length;
    tree.memoryMb = 60;
    await clock.advance(10_000);
    const nearLimit = tree.looks.filter((atMs) => atMs >= 25_000).length;
    expect({ atRest, whenCalm, nearLimit }).toEqual({ atRest: 25, whenCalm: 51, nearLimit: 201 });
  });

  test("never leaves it alone for longer than a quarter of a second", async () => {
    const { clock, tree } = watch({ cpu_percent: 10 });
    tree.appetite = { cores: CORES };
    await clock.advance(5_000);
    tree.appetite = {};
    await clock.advance(20_000);
    expect(longestGap(tree.looks, 0)).toBeLessThanOrEqual(250);
  });

  test("is one wake-up for all that rest", async () => {
    const { clock, loop } = watch({});
    const trees = Array.from({ length: 20 }, (_, index) => {
      const tree = new SimulatedTree(clock);
      const onLimit = (): void => {};
      const limits = resolveLimits({});
      const options = { tree, limits, ownProcesses: 1, baselineMb: 0, cores: 1, heldByGroup: new Set<never>() };
      const rest = { board: new UsageBoard(), nowMs: clock.monotonicMs(), onLimit, onKilled: onLimit };
      loop.add(index + 2, new TreeGovernor({ ...options, ...rest }));
      return tree;
    });
    await clock.advance(7);
    await clock.advance(10_000);
    const moments = new Set(trees.flatMap(({ looks }) => looks.filter((atMs) => atMs > 5_000)));
    expect(moments.size).toBeLessThanOrEqual(26);
    expect(clock.pendingTimers).toBe(1);
  });
});

describe("what stands still", () => {
  async function paused(appetite: Appetite = { cores: 4 }): Promise<Watched> {
    const watched = watch({ cpu_percent: 10 });
    watched.tree.appetite = appetite;
    await watched.clock.advance(300);
    expect(watched.tree.isStopped).toBe(true);
    return watched;
  }

  test("is known to be paused, and goes on when it is let go", async () => {
    const { tree, board, loop } = await paused();
    expect(board.isPaused).toBe(true);
    loop.remove(1);
    expect({ isStopped: tree.isStopped, isPaused: board.isPaused }).toEqual({ isStopped: false, isPaused: false });
  });

  test("goes on when the governor ends", async () => {
    const { tree, loop } = await paused();
    loop[Symbol.dispose]();
    expect(tree.isStopped).toBe(false);
  });

  test("is stopped again when somebody continues it", async () => {
    const { clock, tree } = await paused();
    tree.escape();
    await clock.advance(100);
    expect(tree.isStopped).toBe(true);
  });

  test("is not stopped again once the host lets go, which continues it", async () => {
    const { clock, tree, board } = await paused();
    board.letGo();
    tree.escape();
    await clock.advance(100);
    expect(tree.isStopped).toBe(false);
  });

  test("is not paused any more when it is ended", async () => {
    const { clock, tree, board } = await paused();
    tree.processes = 9;
    await clock.advance(1_000);
    expect({ isAlive: tree.isAlive, isPaused: board.isPaused }).toEqual({ isAlive: false, isPaused: false });
  });
});

test("What has ended is not looked at any more", async () => {
  const { clock, tree } = watch({});
  tree.isAlive = false;
  await clock.advance(1_000);
  const looks = tree.looks.length;
  await clock.advance(10_000);
  expect({ more: tree.looks.length - looks, timers: clock.pendingTimers }).toEqual({ more: 0, timers: 0 });
});
