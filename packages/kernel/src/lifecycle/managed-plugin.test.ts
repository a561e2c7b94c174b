import { Failpoints, ManualClock } from "@berth/base";
import type { CallContext, Channel, ChannelExit, HealthReport, InstanceRequest, Manifest } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import { describe, expect, test } from "vitest";
import type { OpenRequest, Runner, TierReport } from "../runner.ts";
import { quietChannel, quietRun } from "../../test/quiet-plugin.ts";
import { ManagedInstance } from "./managed-instance.ts";
import { ManagedPlugin } from "./managed-plugin.ts";

const signal = new AbortController().signal;
const call: CallContext = {
  signal,
  deadline: Infinity,
  attempt: 1,
  caller: "test",
  permissions: [],
  correlationId: "c",
};
const manifest: Manifest = manifestSchema.parse({
  plugin: { name: "probe", version: "1.0.0" },
  provides: { source: ["probe"] },
});

type Step =
  | "open"
  | "initialize"
  | "start"
  | "stop"
  | "cleanup"
  | "health"
  | "openInstance"
  | "closeInstance"
  | "fetch";

/** A tier whose every step can be made to fail or hang, and which writes down what was asked of it. */
class ScriptedRunner implements Runner {
  readonly tier = "inline";
  awaitsClearance = false;
  readonly steps: string[] = [];
  readonly behaviour = new Map<Step, () => Promise<unknown>>();
  readonly requests: OpenRequest[] = [];
  /** Ends the plugin that was opened last, by itself. */
  end: (exit: ChannelExit) => void = () => undefined;
  opened = 0;
  disposed = 0;

  async report(): Promise<TierReport> {
    return { tier: "inline", level: "none", mechanisms: [], enforces: {} };
  }

  async open(request: OpenRequest): Promise<Channel> {
    await this.#do("open");
    this.opened++;
    this.requests.push(request);
    const { promise: exited, resolve } = Promise.withResolvers<ChannelExit>();
    this.end = resolve;
    const step = async (name: Step): Promise<void> => void (await this.#do(name));
    return quietChannel({
      exited,
      initialize: () => step("initialize"),
      start: () => step("start"),
      stop: () => step("stop"),
      cleanup: () => step("cleanup"),
      health: async () => ((await this.#do("health")) as HealthReport | undefined) ?? { health: "healthy" },
      openInstance: async ({ instanceId }: InstanceRequest) => {
        request.capabilities(instanceId);
        await step("openInstance");
        return ["fetch"];
      },
      closeInstance: async (instanceId) => {
        this.steps.push(`close ${instanceId}`);
        await this.behaviour.get("closeInstance")?.();
      },
      method: () => () => this.#do("fetch"),
      [Symbol.asyncDispose]: async () => void this.disposed++,
    });
  }

  async #do(step: Step): Promise<unknown> {
    this.steps.push(step);
    return this.behaviour.get(step)?.();
  }
}

function setUp() {
  const runner = new ScriptedRunner();
  const clock = new ManualClock();
  const failpoints = new Failpoints();
  const capabilities = { made: [] as string[], ended: [] as string[] };
  const plugin = new ManagedPlugin({
    hostVersion: "1.0.0",
    manifest,
    folder: "/nowhere",
    runner,
    clock,
    failpoints,
    prepare: async () =>
      quietRun({
        limits: { memory_mb: 64 },
        makeCapabilities: (instanceId) => {
          capabilities.made.push(instanceId);
          return { capabilities: {} as never, dispose: async () => void capabilities.ended.push(instanceId) };
        },
      }),
  });
  const states: string[] = [];
  plugin.onDidMove((move) => states.push(move.to));
  return { runner, clock, failpoints, capabilities, plugin, states };
}

const instanceOf = (plugin: ManagedPlugin, instanceId = "one") =>
  new ManagedInstance({ plugin, contribution: "source/probe", instanceId, config: {} });

describe("ManagedPlugin", () => {
  test("goes through the whole lifecycle in order", async () => {
    const { plugin, runner, states } = setUp();
    await plugin.activate(signal);
    expect(plugin.state).toBe("active");
    expect(await plugin.deactivate()).toEqual([]);
    expect(runner.steps).toEqual(["open", "initialize", "start", "stop", "cleanup"]);
    expect(states).toEqual(["loaded", "active", "stopping", "unloaded"]);
    expect(runner.disposed).toBe(1);
  });

  test("loads once however many ask at the same time, and transitions never interleave", async () => {
    const { plugin, runner } = setUp();
    const generations = await Promise.all(Array.from({ length: 20 }, () => plugin.activate(signal)));
    expect(new Set(generations).size).toBe(1);
    const stopping = plugin.deactivate();
    const again = plugin.activate(signal);
    await Promise.all([stopping, again]);
    expect(runner.steps).toEqual(["open", "initialize", "start", "stop", "cleanup", "open", "initialize", "start"]);
    expect(plugin.generation?.number).toBe(2);
  });

  test.each(["open", "initialize", "start"] as const)(
    "a failing %s leaves nothing open, and the next try may succeed",
    async (step) => {
      const { plugin, runner } = setUp();
      runner.behaviour.set(step, () => Promise.reject(new Error("boom")));
      await expect(plugin.activate(signal)).rejects.toMatchObject({
        code: "PLUGIN_FAILED",
        message: expect.stringContaining("boom"),
      });
      expect(plugin.state).toBe("failed");
      expect(runner.disposed).toBe(runner.opened);
      expect(runner.steps.includes("cleanup")).toBe(step !== "open");
      runner.behaviour.clear();
      await plugin.activate(signal);
      expect(plugin.state).toBe("active");
      expect(plugin.failure).toBeUndefined();
    },
  );

  test.each(["open", "initialize", "start"] as const)("a hanging %s ends after the start limit", async (step) => {
    const { plugin, runner, clock } = setUp();
    runner.behaviour.set(step, () => new Promise(() => undefined));
    const failed = expect(plugin.activate(signal)).rejects.toThrow("it took longer than 30 s");
    await clock.advance(30_000);
    await failed;
    expect(plugin.state).toBe("failed");
    expect(clock.pendingTimers).toBe(0);
  });

  test("a caller that gives up is no failure of the plugin", async () => {
    const { plugin, runner } = setUp();
    runner.behaviour.set("start", () => new Promise(() => undefined));
    const controller = new AbortController();
    const activation = plugin.activate(controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("enough"));
    await expect(activation).rejects.toThrow("enough");
    expect(plugin.state).toBe("unloaded");
    expect(runner.disposed).toBe(1);
  });

  test("a stop waits for calls under way, then goes on at the drain limit", async () => {
    const { plugin, runner, clock } = setUp();
    const instance = instanceOf(plugin);
    await instance.open(signal);
    const answer = Promise.withResolvers<string>();
    runner.behaviour.set("fetch", () => answer.promise);
    const result = instance.method("fetch")([], call);
    const stopped = plugin.deactivate();
    await clock.advance(9_999);
    expect(runner.steps).not.toContain("stop");
    answer.resolve("late but whole");
    await stopped;
    expect(await result).toBe("late but whole");

    await instance.open(signal);
    runner.behaviour.set("fetch", () => new Promise(() => undefined));
    void instance.method("fetch")([], call);
    const hurried = plugin.deactivate();
    await clock.advance(10_000);
    await hurried;
    expect(plugin.state).toBe("unloaded");
  });

  test("a failing stop and clean-up come back as facts, and the plugin is unloaded", async () => {
    const { plugin, runner } = setUp();
    await plugin.activate(signal);
    runner.behaviour.set("stop", () => Promise.reject(new Error("no")));
    runner.behaviour.set("cleanup", () => Promise.reject(new Error("never")));
    const failures = await plugin.deactivate();
    expect(failures.map((failure) => (failure as Error).message)).toEqual([
      'Cannot stop plugin "probe": no',
      'Cannot clean up plugin "probe": never',
    ]);
    expect(plugin.state).toBe("unloaded");
    expect(runner.disposed).toBe(1);
  });

  test("what a generation owns is undone with it, last first", async () => {
    const { plugin } = setUp();
    const generation = await plugin.activate(signal);
    const undone: string[] = [];
    generation.owned.defer(() => void undone.push("first"));
    generation.owned.defer(() => void undone.push("second"));
    await plugin.deactivate();
    expect(undone).toEqual(["second", "first"]);
  });

  test("health is unknown when unloaded, unhealthy when it throws or hangs", async () => {
    const { plugin, runner, clock } = setUp();
    expect(await plugin.health(signal)).toEqual({ health: "unknown" });
    await plugin.activate(signal);
    expect(await plugin.health(signal)).toEqual({ health: "healthy" });
    runner.behaviour.set("health", () => Promise.reject(new Error("ill")));
    expect(await plugin.health(signal)).toEqual({ health: "unhealthy", message: "ill" });
    runner.behaviour.set("health", () => new Promise(() => undefined));
    const hanging = plugin.health(signal);
    await clock.advance(5_000);
    expect(await hanging).toMatchObject({ health: "unhealthy", message: expect.stringContaining("did not answer") });
  });

  test("that ends by itself is failed with the reason, gives back what it held, and is loaded afresh by the next use [BWK-1]", async () => {
    const { plugin, runner, capabilities, states } = setUp();
    const fetch = instanceOf(plugin).method("fetch");
    await fetch([], call);
    const failed = new Promise((resolve) => plugin.onDidMove(({ to }) => to === "failed" && resolve(undefined)));
    runner.end({ expected: false, reason: "it called process.exit(3)" });
    await failed;
    expect(plugin.failure).toMatchObject({
      code: "PLUGIN_FAILED",
      message: 'Plugin "probe" ended by itself: it called process.exit(3)',
    });
    expect(await plugin.health(signal)).toEqual({ health: "unhealthy" });
    await fetch([], call);
    expect(states).toEqual(["loaded", "active", "failed", "unloaded", "loaded", "active"]);
    expect(capabilities).toEqual({ made: ["one", "one"], ended: ["one"] });
    expect(runner.disposed).toBe(1);
  });

  test("that ends because the host asked it to is no failure", async () => {
    const { plugin, runner, states } = setUp();
    await plugin.activate(signal);
    runner.end({ expected: true, reason: "unloaded" });
    await plugin.deactivate();
    expect(states).toEqual(["loaded", "active", "stopping", "unloaded"]);
  });

  test("hands the runner what the host prepared", async () => {
    const { plugin, runner } = setUp();
    await plugin.activate(signal);
    expect(runner.requests[0]).toMatchObject({ limits: { memory_mb: 64 }, dataFolder: "/nowhere/data", generation: 1 });
  });

  test("the failpoint lifecycle.initialize can fail a start", async () => {
    const { plugin, failpoints, runner } = setUp();
    using _armed = failpoints.arm("lifecycle.initialize", () => {
      throw new Error("pulled");
    });
    await expect(plugin.activate(signal)).rejects.toThrow("pulled");
    expect(failpoints.visits("lifecycle.initialize")).toBe(1);
    expect(runner.disposed).toBe(1);
  });
});

describe("ManagedInstance", () => {
  test("outlives a generation: the next call opens it in the new one", async () => {
    const { plugin, runner } = setUp();
    runner.behaviour.set("fetch", async () => "answer");
    const instance = instanceOf(plugin);
    const fetch = instance.method("fetch");
    expect(await fetch([], call)).toBe("answer");
    await plugin.deactivate();
    expect(await fetch([], call)).toBe("answer");
    expect(runner.steps.filter((step) => step === "openInstance")).toHaveLength(2);
  });

  test("is opened once however many call at the same time", async () => {
    const { plugin, runner } = setUp();
    const fetch = instanceOf(plugin).method("fetch");
    await Promise.all(Array.from({ length: 10 }, () => fetch([], call)));
    expect(runner.steps.filter((step) => step === "openInstance")).toHaveLength(1);
  });

  test("that cannot be opened gives its capabilities back", async () => {
    const { plugin, runner, capabilities } = setUp();
    runner.behaviour.set("openInstance", () => Promise.reject(new Error("no")));
    await expect(instanceOf(plugin).open(signal)).rejects.toThrow('Cannot open "one" of plugin "probe": no');
    expect(capabilities).toEqual({ made: ["one"], ended: ["one"] });
  });

  test("of the name of one that is closing waits for that, and keeps its capabilities", async () => {
    const { plugin, runner, capabilities } = setUp();
    const first = instanceOf(plugin);
    await first.open(signal);
    const closed = Promise.withResolvers<void>();
    runner.behaviour.set("closeInstance", () => closed.promise);
    const closing = first[Symbol.asyncDispose]();
    const second = instanceOf(plugin);
    const opening = second.open(signal);
    closed.resolve();
    await Promise.all([closing, opening]);
    expect(capabilities).toEqual({ made: ["one", "one"], ended: ["one"] });
  });

  test("closed twice is closed once, and calls after it are refused", async () => {
    const { plugin, runner, capabilities } = setUp();
    const instance = instanceOf(plugin);
    await instance.open(signal);
    await instance[Symbol.asyncDispose]();
    await instance[Symbol.asyncDispose]();
    expect(runner.steps.filter((step) => step === "close one")).toHaveLength(1);
    expect(capabilities.ended).toEqual(["one"]);
    await expect(instance.open(signal)).rejects.toMatchObject({ code: "CALL_CANCELLED" });
  });

  test("a missing member is named", async () => {
    const { plugin } = setUp();
    await expect(instanceOf(plugin).method("render")([], call)).rejects.toThrow('"one" (source/probe) has no render');
  });
});

describe("ManagedPlugin with code that is not checked yet", () => {
  async function stageHeld(awaitsClearance: boolean) {
    const rig = setUp();
    rig.runner.awaitsClearance = awaitsClearance;
    await rig.plugin.activate(signal);
    rig.runner.steps.length = 0;
    const { promise: cleared, ...clearance } = Promise.withResolvers<void>();
    const staging = rig.plugin.stage({ ...rig.plugin.code, cleared }, () => Promise.resolve(), signal);
    staging.catch(() => undefined);
    await rig.clock.advance(0);
    return { ...rig, staging, ...clearance };
  }

  test("asks a runner to open it when it is, or says what to wait for to one that gets ready", async () => {
    const later = await stageHeld(false);
    expect(later.runner.steps).toEqual([]);
    later.resolve();
    await later.staging;
    expect(later.runner.steps).toEqual(["open", "initialize", "start"]);
    expect(later.runner.requests.at(-1)!.cleared).toBeUndefined();
    const atOnce = await stageHeld(true);
    expect(atOnce.runner.steps).toEqual(["open"]);
    expect(atOnce.runner.requests.at(-1)!.cleared).toBeInstanceOf(Promise);
    // Whatever the runner thinks of that.
    await atOnce.clock.advance(100);
    expect(atOnce.runner.steps).toEqual(["open"]);
    atOnce.resolve();
    await atOnce.staging;
    expect(atOnce.runner.steps).toEqual(["open", "initialize", "start"]);
  });

  test.each([true, false])("loads nothing that was refused (gets ready: %s)", async (awaitsClearance) => {
    const { runner, staging, reject } = await stageHeld(awaitsClearance);
    reject(new Error("it is not whole"));
    await expect(staging).rejects.toThrow("it is not whole");
    expect(runner.steps).toEqual(awaitsClearance ? ["open"] : []);
    await expect.poll(() => runner.disposed).toBe(awaitsClearance ? 1 : 0);
  });

  test("gives it all of its start time from then on", async () => {
    const { runner, clock, plugin } = setUp();
    runner.awaitsClearance = true;
    runner.behaviour.set("open", () => new Promise(() => undefined));
    const { promise: cleared, resolve } = Promise.withResolvers<void>();
    const staging = plugin.stage({ ...plugin.code, cleared }, () => Promise.resolve(), signal);
    let failed: unknown;
    staging.catch((error: unknown) => (failed = error));
    await clock.advance(100_000);
    resolve();
    await clock.advance(29_999);
    expect(failed).toBeUndefined();
    await clock.advance(1);
    expect(failed).toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
  });
});
