import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { crashing, type CrashingHost, crashingHost, end } from "./crashing.ts";

const never = new AbortController().signal;
const generationOf = (host: CrashingHost, name: string): number | undefined => host.plugins.get(name).serving?.number;

describe.each(["worker", "process"] as const)("Supervision in tier %s", (tier) => {
  test("starts what crashed again at once, with its instances and what it had stored; a call meanwhile waits [BWK-95, FLX-35]", async () => {
    await using host = await crashingHost([crashing("clock")], { tier });
    expect(await host.ask("clock", "count")).toEqual({ stored: 1, calls: 1 });
    await end(host, "clock");
    const crashed = await host.until("plugin.crashed", "clock");
    expect(crashed).toMatchObject({ version: "1.0.0", kind: "crash", restartInMs: 0 });
    // Nobody asked for it.
    const restarted = await host.until("plugin.restarted", "clock");
    expect(restarted).toMatchObject({ because: "crash", restarts: 1 });
    expect(host.plugins.get("clock").serving?.instances).toHaveLength(1);
    expect(await host.ask("clock", "count")).toEqual({ stored: 2, calls: 1 });
    await end(host, "clock");
    await host.until("plugin.crashed", "clock", 2);
    expect(await host.ask("clock", "count")).toEqual({ stored: 3, calls: 1 });
    expect(host.supervision.statusOf("clock")).toMatchObject({
      state: "watching",
      restarts: 2,
      lastExit: { kind: "crash", reason: expect.stringMatching(/3/) as string },
    });
  });
});

describe("Supervision by restart kind", () => {
  test("permanent: also what ended without error is started again", async () => {
    await using host = await crashingHost([crashing("clock", { supervision: 'restart = "permanent"' })]);
    await end(host, "clock", 0);
    expect(await host.until("plugin.crashed", "clock")).toMatchObject({ kind: "normal", restartInMs: 0 });
    await host.until("plugin.restarted", "clock");
  });

  test("transient: what ended without error is at rest until it is used", async () => {
    await using host = await crashingHost([crashing("clock", { supervision: 'restart = "transient"' })]);
    await end(host, "clock", 0);
    expect(await host.until("plugin.crashed", "clock")).toMatchObject({ kind: "normal", restartInMs: null });
    await host.until("plugin.stopped", "clock");
    expect(host.plugins.get("clock").state).toBe("unloaded");
    expect(await host.ask("clock", "count")).toEqual({ stored: 1, calls: 1 });
    await end(host, "clock", 1);
    await host.until("plugin.restarted", "clock");
  });

  test("temporary: never, and what needs it is stopped; the next use starts both", async () => {
    const needing = crashing("alarm", { dependencies: 'requires = { clock = "*" }' });
    await using host = await crashingHost([crashing("clock", { supervision: 'restart = "temporary"' }), needing]);
    await host.ask("alarm", "count");
    await end(host, "clock");
    await host.until("plugin.failed", "clock");
    await host.until("plugin.stopped", "alarm");
    expect(await host.ask("alarm", "count")).toEqual({ stored: 2, calls: 1 });
    expect(generationOf(host, "clock")).toBe(2);
  });

  test("the operator's word counts before the manifest's, and from the next crash on", async () => {
    const supervision = { restart: "temporary" } as const;
    const config = { plugins: { clock: { enabled: true, accept_unenforced: [], supervision } } };
    await using host = await crashingHost([crashing("clock", { supervision: 'restart = "permanent"' })], { config });
    await end(host, "clock");
    expect(await host.until("plugin.crashed", "clock")).toMatchObject({ restartInMs: null });
  });
});

describe("Supervision by strategy", () => {
  const three = (strategy: string) => [
    crashing("base", { supervision: `strategy = "${strategy}"\nbackoff_ms = 0` }),
    crashing("left", { dependencies: 'requires = { base = "*" }' }),
    crashing("right", { dependencies: 'requires = { base = "*" }' }),
  ];
  const names = ["base", "left", "right"] as const;

  test.each([
    ["one_for_one", "base", [2, 1, 1]],
    ["one_for_one", "left", [1, 2, 1]],
    ["rest_for_one", "base", [2, 2, 2]],
    ["rest_for_one", "left", [1, 2, 1]],
    ["one_for_all", "base", [2, 2, 2]],
    ["one_for_all", "left", [2, 2, 2]],
  ] as const)(
    "%s: %s crashes, and the generations are then %j [OPS-12, OPS-48]",
    async (strategy, which, generations) => {
      await using host = await crashingHost(three(strategy));
      for (const name of names) await host.ask(name, "count");
      await end(host, which);
      for (const [i, name] of names.entries()) if (generations[i] === 2) await host.until("plugin.restarted", name);
      for (const name of names) expect(await host.ask(name, "count")).toMatchObject({ stored: 2 });
      expect(names.map((name) => generationOf(host, name))).toEqual(generations);
    },
  );
});

describe("Supervision that gives up", () => {
  const limited = (more: object = {}) =>
    crashing("clock", { supervision: "max_restarts = 2\nbackoff_ms = 0", ...more });

  async function crashUntilGivenUp(host: CrashingHost): Promise<void> {
    for (let nth = 1; nth <= 3; nth++) {
      await end(host, "clock");
      await host.until("plugin.crashed", "clock", nth);
    }
    await host.until("plugin.gave_up", "clock");
  }

  test("stops what needs it, lets go on what can do without it, and refuses its calls, until it is restarted by hand [BWK-7, BWK-95]", async () => {
    await using host = await crashingHost([
      limited(),
      crashing("alarm", { dependencies: 'requires = { clock = "*" }' }),
      crashing("page", { dependencies: 'optional = { clock = "*" }' }),
    ]);
    for (const name of ["alarm", "page"]) await host.ask(name, "count");
    await crashUntilGivenUp(host);
    expect(await host.until("plugin.gave_up", "clock")).toMatchObject({
      restarts: 2,
      periodMs: 60_000,
      stopped: ["alarm"],
    });
    await host.until("plugin.stopped", "alarm");
    expect(host.supervision.statusOf("clock").state).toBe("gave-up");
    await expect(host.ask("clock", "count")).rejects.toMatchObject({
      code: "PLUGIN_GAVE_UP",
      message: expect.stringMatching(
        /^Plugin "clock" was given up after 2 restarts within 60 s; it last ended: .*3/,
      ) as string,
    });
    await expect(host.ask("alarm", "count")).rejects.toMatchObject({ code: "DEPENDENCY_MISSING" });
    expect(await host.plugins.get("page").health(never)).toMatchObject({ health: "degraded" });
    expect(await host.ask("page", "count")).toMatchObject({ stored: 2 });
    expect(host.supervision.lost.aborted).toBe(false);
    await host.supervision.restart("clock", never);
    expect(host.plugins.get("alarm").state).toBe("active");
    expect(await host.ask("clock", "count")).toMatchObject({ stored: 1 });
    expect(await host.plugins.get("page").health(never)).toMatchObject({ health: "healthy" });
    expect(host.supervision.statusOf("clock")).toEqual({ state: "watching", restarts: 0 });
  });

  test("ends the host where it, or what needs it, is required, in one line [BWK-7]", async () => {
    const alarm = crashing("alarm", {
      dependencies: 'requires = { clock = "*" }',
      manifest: 'criticality = "required"',
    });
    await using host = await crashingHost([limited(), alarm]);
    await host.start(never);
    await crashUntilGivenUp(host);
    expect(host.supervision.lost.reason).toMatchObject({
      code: "PLUGIN_REQUIRED",
      message: expect.stringMatching(
        /^Cannot go on without plugin "alarm", which is required: Plugin "clock" was given up [^\n]*$/,
      ) as string,
    });
  });

  test("a restart by hand that fails leaves it given up", async () => {
    await using host = await crashingHost([limited()]);
    await host.ask("clock", "count");
    await crashUntilGivenUp(host);
    await host.switches.switchOff("clock", { by: "ada" }).catch(() => undefined);
    await expect(host.supervision.restart("clock", never)).rejects.toMatchObject({ code: "PLUGIN_DISABLED" });
  });
});

describe("Supervision with a wait before the next start", () => {
  const slow = crashing("clock", { supervision: "backoff_ms = 60000\nmax_backoff_ms = 60000" });

  async function waiting(clock: ManualClock): Promise<CrashingHost> {
    const host = await crashingHost([slow], { clock });
    await end(host, "clock");
    await host.until("plugin.restarted", "clock");
    do await end(host, "clock");
    while ((host.supervision.statusOf("clock").nextAttemptAt ?? 0) < clock.now() + 5_001 && (await isBack(host)));
    return host;
  }

  /** By chance the wait may be short. */
  async function isBack(host: CrashingHost): Promise<boolean> {
    const { nextAttemptAt = 0, restarts } = host.supervision.statusOf("clock");
    await (host.clock as ManualClock).advance(Math.max(0, nextAttemptAt - host.clock.now()));
    await host.until("plugin.restarted", "clock", restarts + 1);
    return true;
  }

  test("refuses calls at once that would wait too long, and says when it is back [BWK-95]", async () => {
    const clock = new ManualClock(1_000_000);
    await using host = await waiting(clock);
    const { nextAttemptAt } = host.supervision.statusOf("clock");
    await expect(host.ask("clock", "count")).rejects.toMatchObject({
      code: "PLUGIN_RESTARTING",
      details: { plugin: "clock", retryAfterMs: nextAttemptAt! - clock.now(), backAt: nextAttemptAt },
    });
    await clock.advance(nextAttemptAt! - clock.now());
    expect(await host.ask("clock", "count")).toMatchObject({ stored: 1 });
  });

  test("gives way to the operator, who switches it off, and to the end of the host, which waits for nothing", async () => {
    const clock = new ManualClock(1_000_000);
    const host = await waiting(clock);
    await host.switches.switchOff("clock", { by: "ada" });
    await clock.advance(60_000);
    expect(host.plugins.get("clock").serving).toBeUndefined();
    expect(host.supervision.statusOf("clock").state).toBe("watching");
    await host[Symbol.asyncDispose]();
    const other = await waiting(clock);
    const stopping = other[Symbol.asyncDispose]();
    const call = other.ask("clock", "count");
    await expect(call).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:PLUGIN_RESTARTING|CALL_CANCELLED)$/) as string,
    });
    await stopping;
    expect(clock.pendingTimers).toBe(0);
  });
});

test("A version put in its place while it waits, or when it was given up, is what is started [OPS-47]", async () => {
  const broken = crashing("clock", { supervision: "max_restarts = 0" });
  await using host = await crashingHost([broken], { keepsVersions: true });
  await end(host, "clock");
  await host.until("plugin.gave_up", "clock");
  await writeFile(join(host.folder, "plugins/clock/src/plugin.ts"), `${broken.source}\n// mended`);
  expect(await host.reloads.reload("clock")).toMatchObject({ outcome: "reloaded" });
  expect(await host.ask("clock", "count")).toMatchObject({ stored: 1 });
});

test("What is started again is the version that ran, whatever lies in its folder by now [OPS-47]", async () => {
  await using host = await crashingHost([crashing("clock")], { keepsVersions: true });
  await host.ask("clock", "count");
  await writeFile(join(host.folder, "plugins/clock/src/plugin.ts"), "throw new Error('half written');");
  await end(host, "clock");
  await host.until("plugin.restarted", "clock");
  expect(await host.ask("clock", "count")).toEqual({ stored: 2, calls: 1 });
});

test("A restart by command takes the place of one under way, and starts whom that had left to start", async () => {
  const base = crashing("base", {
    supervision: 'strategy = "rest_for_one"\nbackoff_ms = 3600000\nmax_backoff_ms = 3600000',
  });
  const left = crashing("left", { dependencies: 'requires = { base = "*" }' });
  await using host = await crashingHost([base, left]);
  await host.ask("left", "count");
  await end(host, "base");
  await host.until("plugin.restarted", "left");
  await end(host, "base");
  await host.until("plugin.crashed", "base", 2);
  await host.until("plugin.stopped", "left", 2);
  await host.supervision.restart("base", never);
  expect(host.plugins.get("left").state).toBe("active");
  expect(await host.ask("left", "count")).toMatchObject({ stored: 2 });
});

test("A version that ends on probation is put back by its reload, and no restart is counted [OPS-47]", async () => {
  const sound = crashing("clock");
  await using host = await crashingHost([sound], { keepsVersions: true });
  await host.ask("clock", "count");
  const source = sound.source.replace("count: async () => {", "count: async () => { process.exit(3);");
  await writeFile(join(host.folder, "plugins/clock/src/plugin.ts"), source);
  expect(await host.reloads.reload("clock")).toMatchObject({ outcome: "reloaded" });
  await host.ask("clock", "count").catch(() => undefined);
  await host.until("plugin.rolled_back", "clock");
  expect(await host.ask("clock", "count")).toEqual({ stored: 2, calls: 2 });
  expect(host.supervision.statusOf("clock")).toEqual({ state: "watching", restarts: 0 });
  expect(host.told.some(({ subject }) => subject === "plugin.crashed")).toBe(false);
});

test("What is stopped for another's restart is not waited for while it waits for that one: its calls are refused [OPS-12]", async () => {
  const provoking = {
    name: "left",
    provides: { service: ["left"] },
    manifest: '[dependencies.requires]\nbase = "*"\n[permissions]\nservices = ["base"]',
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      export default definePlugin({
        provides: [defineService("left", { create: (_config, ctx) => ({ methods: {
          provoke: async () => {
            const base = ctx.services.get("base");
            await base.call("exitLater", null).catch(() => undefined);
            for (;;) {
              const code = await base.call("count", null).then(() => undefined, (error) => error.code);
              if (code !== undefined && code !== "PLUGIN_FAILED") return code;
            }
          },
        } }) })],
      });`,
  };
  const base = crashing("base", { supervision: 'strategy = "rest_for_one"' });
  // Time stands still: whatever waited for its limit would wait for ever.
  await using host = await crashingHost([base, provoking], { clock: new ManualClock(1_000_000) });
  // Its own call ends in time, or it would be lost with it.
  expect(await host.ask("left", "provoke")).toBe("PLUGIN_RESTARTING");
  await host.until("plugin.restarted", "left");
  expect(await host.ask("base", "count")).toMatchObject({ calls: 1 });
});
