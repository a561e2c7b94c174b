import { causeChain, ManualClock } from "@berth/base";
import { HostError, type ServiceInstance } from "@berth/contract";
import { Peer } from "@berth/protocol";
import { defineCommand, definePlugin, defineScheduler, defineService } from "@berth/sdk";
import { PROTOCOL, serveGuest } from "@berth/sdk/runtime";
import { describe, expect, test } from "vitest";
import { aCall, NEVER, openRequest } from "../../test/remote/open-request.ts";
import { NearEnd, openHere, openOver, plainPlugin } from "../../test/remote/thread-of-its-own.ts";

async function openService(methods: ServiceInstance["methods"], options: Parameters<typeof openHere>[1] = {}) {
  const opened = await openHere([defineService("s", { create: () => ({ methods }) })], options);
  const request = { contribution: "service/s", instanceId: "i", config: {} };
  expect(await opened.channel.openInstance(request, NEVER)).toEqual(Object.keys(methods));
  return { ...opened, call: (member: string, ...args: unknown[]) => opened.channel.method("i", member)(args, aCall()) };
}

/** The same promise; that it rejects before anybody looks is no accident. */
function awaited<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Every promise reaction and message that is on its way has run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("RemoteChannel runs a plugin's life", () => {
  test("hooks run in the order they are asked for, and errors come back typed", async () => {
    const seen: string[] = [];
    const end = new NearEnd();
    const clock = new ManualClock();
    const module = {
      default: definePlugin({
        provides: [],
        initialize: (ctx) => void seen.push(`initialize ${ctx.plugin.name} "${ctx.instanceId}"`),
        start: () => void seen.push("start"),
        stop: () => {
          throw new HostError("CONFIG_INVALID", "not now", { details: { a: 1 } });
        },
        cleanup: async () => void seen.push("cleanup"),
        health: () => ({ health: "degraded", message: "tired" }),
      }),
    };
    serveGuest(new Peer({ link: end.pluginLink, clock, side: "plugin" }), { clock, load: async () => module });
    await using channel = await openOver(end);
    await channel.initialize(NEVER);
    await channel.start(NEVER);
    expect(await channel.health(NEVER)).toEqual({ health: "degraded", message: "tired" });
    await expect(channel.stop(NEVER)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: "not now",
      details: { a: 1 },
    });
    await channel.cleanup(NEVER);
    expect(seen).toEqual(['initialize probe ""', "start", "cleanup"]);
  });

  test("a plugin is asked only for what it said that it has something to do in; one that said nothing, for all", async () => {
    const asked = async (hooks: unknown): Promise<string[]> => {
      const end = new NearEnd();
      const plugin = new Peer({ link: end.pluginLink, clock: new ManualClock(), side: "plugin" });
      const seen: string[] = [];
      const hello = { protocol: PROTOCOL, contributions: [], quiets: true, hooks };
      plugin.handle("hello", () => hello);
      for (const method of ["plugin.initialize", "plugin.start", "plugin.stop", "plugin.quiet"]) {
        plugin.handle(method, () => {
          seen.push(method);
          return null;
        });
      }
      await using channel = await openOver(end);
      await channel.initialize(NEVER);
      await channel.start(NEVER);
      await channel.stop(NEVER);
      // Nothing was ever delivered to it.
      await channel.quiet(NEVER);
      return seen;
    };
    expect(await asked(["start", "__proto__"])).toEqual(["plugin.start"]);
    expect(await asked([])).toEqual([]);
    const all = ["plugin.initialize", "plugin.start", "plugin.stop"];
    expect(await asked(undefined)).toEqual(all);
    expect(await asked({ length: 1 })).toEqual(all);
  });

  test("what was opened with the handshake is not asked for again; what was not is, and what is too much to say there", async () => {
    const asked = async (configs: readonly unknown[], opened: unknown) => {
      const end = new NearEnd();
      const plugin = new Peer({ link: end.pluginLink, clock: new ManualClock(), side: "plugin" });
      const seen: unknown[] = [];
      const contributions = [{ id: "service/s", description: "" }];
      plugin.handle("hello", (params) => {
        seen.push((params as { instances?: unknown[] }).instances?.length);
        return { protocol: PROTOCOL, contributions, opened };
      });
      plugin.handle("instance.open", (params) => {
        seen.push((params as { instanceId: string }).instanceId);
        return { members: ["asked"] };
      });
      const instances = configs.map((config, nth) => ({ instanceId: `i${nth}`, contribution: "service/s", config }));
      await using channel = await openOver(end, { request: openRequest(["service/s"], { instances }) });
      const members = [];
      for (const instance of instances) members.push(...(await channel.openInstance(instance, NEVER)));
      return { seen, members };
    };
    const early = [{ members: ["told"] }, null];
    expect(await asked([{}, {}], early)).toEqual({ seen: [2, "i1"], members: ["told", "asked"] });
    expect(await asked([{}], undefined)).toEqual({ seen: [1, "i0"], members: ["asked"] });
    expect(await asked(["x".repeat(20_000)], early)).toEqual({ seen: [undefined, "i0"], members: ["asked"] });
    expect(
      (
        await asked(
          Array.from({ length: 33 }, () => ({})),
          early,
        )
      ).seen[0],
    ).toBeUndefined();
    await expect(asked([{}], [{ members: [1] }])).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
  });

  test("how it is after it took over state need not be asked, once, if it said so", async () => {
    const end = new NearEnd();
    const plugin = new Peer({ link: end.pluginLink, clock: new ManualClock(), side: "plugin" });
    let answer: unknown = { health: { health: "degraded", message: "tired" } };
    plugin.handle("hello", () => ({ protocol: PROTOCOL, contributions: [], keepsState: true }));
    plugin.handle("plugin.restore_state", () => answer);
    plugin.handle("plugin.health", () => ({ health: "healthy" }));
    await using channel = await openOver(end);
    await channel.restoreState({ version: 1, value: 1 }, NEVER);
    expect(await channel.health(NEVER)).toEqual({ health: "degraded", message: "tired" });
    expect(await channel.health(NEVER)).toEqual({ health: "healthy" });
    answer = { health: "well" };
    await channel.restoreState({ version: 1, value: 1 }, NEVER);
    expect(await channel.health(NEVER)).toMatchObject({ health: "unhealthy" });
    answer = null;
    await channel.restoreState({ version: 1, value: 1 }, NEVER);
    expect(await channel.health(NEVER)).toEqual({ health: "healthy" });
  });

  test("describes its contributions as the manifest names them, from a copy", async () => {
    const { channel } = await openHere([
      defineService("s", { description: "Sums", create: () => ({ methods: {} }) }),
      defineCommand("c", { create: () => ({ run: async () => 0 }) }),
    ]);
    await using _channel = channel;
    const expected = [
      { id: "service/s", description: "Sums" },
      { id: "command/c", description: "" },
    ];
    (await channel.describe()).length = 0;
    expect(await channel.describe()).toEqual(expected);
  });

  test("an instance is opened, called and closed, and its configuration checked", async () => {
    const { channel, call } = await openService({ echo: (input) => input });
    await using _channel = channel;
    expect(await call("echo", [1, { a: null }])).toEqual([1, { a: null }]);
    expect(await channel.checkConfig("service/s", { unknown: 1 }, NEVER)).toEqual([
      { path: ["unknown"], message: "is not a known field; there are none" },
    ]);
    await channel.closeInstance("i", NEVER);
    await expect(call("echo", 1)).rejects.toThrow('"i" has no method echo');
  });

  test("undefined crosses both ways, and null stays null", async () => {
    const { channel, call } = await openService({
      kind: (input) => (input === undefined ? "undefined" : input === null ? "null" : "other"),
      nothing: () => undefined as never,
      null: () => null,
    });
    await using _channel = channel;
    expect(await Promise.all([call("kind", undefined), call("kind", null)])).toEqual(["undefined", "null"]);
    expect(await Promise.all([call("nothing"), call("null")])).toEqual([undefined, null]);
  });

  test("a schedule that has ended says so by undefined", async () => {
    const { channel } = await openHere([
      defineScheduler("twice", { create: () => ({ next: (last) => (last ? undefined : { delayMs: 5 }) }) }),
    ]);
    await using _channel = channel;
    await channel.openInstance({ contribution: "scheduler/twice", instanceId: "i", config: {} }, NEVER);
    const next = channel.method("i", "next");
    expect(await next([undefined], aCall())).toEqual({ delayMs: 5 });
    expect(await next([{ count: 1, success: true, durationMs: 1, startedAt: 0 }], aCall())).toBeUndefined();
  });

  test("what an error knows comes back: code, message, causes nearest first", async () => {
    const { channel, call } = await openService({
      fail: () => {
        throw new Error("cannot save", { cause: new Error("disk full", { cause: new Error("no space") }) });
      },
      lie: () => {
        throw new HostError("INVARIANT_BROKEN", "the host did it");
      },
    });
    await using _channel = channel;
    const error = await call("fail").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "PLUGIN_FAILED" });
    expect(causeChain(error)).toEqual(["cannot save", "disk full", "no space"]);
    await expect(call("lie")).rejects.toMatchObject({ code: "PLUGIN_FAILED", message: "the host did it" });
  });

  test("caller, attempt, permissions and what is left of the time travel with the call; now is the host's", async () => {
    const clock = new ManualClock(1_000_000);
    const { channel } = await openHere(
      [
        defineService("s", {
          create: (_config, ctx) => ({
            methods: {
              context: (_input, { caller, attempt, permissions, correlationId, deadline }) => ({
                caller,
                attempt,
                permissions: [...permissions],
                correlationId,
                leftMs: deadline - ctx.now(),
              }),
            },
          }),
        }),
      ],
      { request: openRequest(["service/s"], { now: () => clock.now() }), guestClock: clock },
    );
    await using _channel = channel;
    await channel.openInstance({ contribution: "service/s", instanceId: "i", config: {} }, NEVER);
    const call = { caller: "app/x", attempt: 3, permissions: ["a.b"], correlationId: "run", deadline: 1_000_500 };
    expect(await channel.method("i", "context")([null], aCall(call))).toEqual({
      caller: "app/x",
      attempt: 3,
      permissions: ["a.b"],
      correlationId: "run",
      leftMs: 500,
    });
  });
});

describe("RemoteChannel passes functions", () => {
  const printer = (count: number) =>
    defineCommand("c", {
      create: () => ({
        run: async (_invocation, print) => {
          for (let n = 0; n < count; n++) print(`${n} ${"x".repeat(100)}`);
          return count;
        },
      }),
    });
  const openPrinter = async (count: number) => {
    const { channel } = await openHere([printer(count)]);
    await channel.openInstance({ contribution: "command/c", instanceId: "i", config: {} }, NEVER);
    return { channel, run: channel.method("i", "run") };
  };

  test("all that was printed has arrived, in order, when the answer does, however far the plugin runs ahead", async () => {
    const { channel, run } = await openPrinter(20_000);
    await using _channel = channel;
    const printed: string[] = [];
    const code = await run([{ args: [], flags: {} }, (text: string) => void printed.push(text)], aCall());
    expect(code).toBe(20_000);
    expect(printed.map((line) => Number.parseInt(line, 10))).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
  });

  test("a thousand calls with functions leave no stream behind", async () => {
    const { channel, run } = await openPrinter(1);
    await using _channel = channel;
    for (let n = 0; n < 1_000; n++) expect(await run([{ args: [], flags: {} }, () => undefined], aCall())).toBe(1);
  });

  test("what the host's function throws fails the call and not the plugin", async () => {
    const { channel, run } = await openPrinter(3);
    await using _channel = channel;
    const fail = (): never => {
      throw new Error("cannot print");
    };
    await expect(run([{ args: [], flags: {} }, fail], aCall())).rejects.toThrow("cannot print");
    expect(await run([{ args: [], flags: {} }, () => undefined], aCall())).toBe(3);
  });
});

describe("RemoteChannel ends what does not stop", () => {
  const reason = new HostError("CALL_CANCELLED", "enough");

  test("a call that stops when it is cancelled rejects with the caller's reason, and the plugin goes on", async () => {
    const clock = new ManualClock();
    const { channel, call } = await openService(
      {
        wait: (_input, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason as Error));
          }),
        echo: (input) => input,
      },
      { clock },
    );
    await using _channel = channel;
    const giveUp = new AbortController();
    const waiting = channel.method("i", "wait")([null], aCall({ signal: giveUp.signal }));
    await settled();
    giveUp.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await clock.advance(60_000);
    expect(await call("echo", 1)).toBe(1);
  });

  test("one that does not is ended after the grace, with all that is under way, and the reason is told [RPT-145]", async () => {
    const clock = new ManualClock();
    const { channel, end, call } = await openService(
      { hang: () => new Promise(() => undefined), other: () => new Promise(() => undefined) },
      { clock, graceMs: 200 },
    );
    const giveUp = new AbortController();
    const hanging = awaited(channel.method("i", "hang")([null], aCall({ signal: giveUp.signal })));
    const other = awaited(call("other"));
    await settled();
    giveUp.abort(reason);
    await clock.advance(199);
    expect(end.kills).toEqual([]);
    await clock.advance(1);
    await expect(hanging).rejects.toBe(reason);
    await expect(other).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
      message: 'Cannot call plugin "probe": it ended: it did not stop when its hang was cancelled',
    });
    expect(await channel.exited).toMatchObject({
      expected: false,
      reason: "it did not stop when its hang was cancelled",
    });
  });

  test("a plugin that is kept from running has its grace when it runs again", async () => {
    const clock = new ManualClock();
    let isPaused = true;
    const { channel, end } = await openService(
      { hang: () => new Promise(() => undefined) },
      { clock, graceMs: 200, isPaused: () => isPaused },
    );
    const giveUp = new AbortController();
    const hanging = awaited(channel.method("i", "hang")([null], aCall({ signal: giveUp.signal })));
    giveUp.abort(reason);
    await clock.advance(1_000);
    expect(end.kills).toEqual([]);
    isPaused = false;
    await clock.advance(200);
    await expect(hanging).rejects.toBe(reason);
    expect(end.kills).toHaveLength(1);
  });

  test("a call that was given up before it began never reaches the plugin", async () => {
    let calls = 0;
    const { channel } = await openService({ count: () => ++calls });
    await using _channel = channel;
    const given = aCall({ signal: AbortSignal.abort(reason) });
    await expect(channel.method("i", "count")([null], given)).rejects.toBe(reason);
    await settled();
    expect(calls).toBe(0);
  });
});

describe("RemoteChannel takes the pulse", () => {
  const heartbeat = { everyMs: 500, unresponsiveMs: 3_000, limitMs: 30_000, idleMs: 60_000 };
  const hello = { protocol: 1, contributions: [] };

  /** A plugin that is loaded, and then answers pings or nothing. */
  async function openSilent(options: { answersPings: boolean; isPaused?: () => boolean }) {
    const clock = new ManualClock();
    const end = new NearEnd();
    let pings = 0;
    plainPlugin(end, ({ method }) => {
      if (method === "hello") return hello;
      if (method !== "$/ping") return undefined;
      pings++;
      return options.answersPings ? null : undefined;
    });
    const pulses: string[] = [];
    const request = openRequest([], { onPulse: ({ kind }) => pulses.push(kind) });
    const channel = await openOver(end, { clock, heartbeat, request, ...options });
    const pass = async (ms: number): Promise<void> => {
      for (let gone = 0; gone < ms; gone += 5_000) {
        await clock.advance(5_000);
        await settled();
      }
    };
    return { channel, end, pass, request, pulses, pings: () => pings };
  }

  test("one that answers is left alone, and woken seldom while nothing is asked of it", async () => {
    const { channel, end, pass, pings } = await openSilent({ answersPings: true });
    await pass(600_000);
    expect(end.kills).toEqual([]);
    expect(pings()).toBeLessThanOrEqual(10);
    await channel[Symbol.asyncDispose]();
  });

  test("one that does not answer while something is under way is ended", async () => {
    const { channel, pass, request, pulses } = await openSilent({ answersPings: false });
    const health = awaited(channel.health(NEVER));
    await pass(35_000);
    const message = 'Plugin "probe" was ended: it did not answer for 30 s';
    expect(await channel.exited).toMatchObject({ expected: false, reason: message });
    await expect(health).rejects.toMatchObject({ code: "PLUGIN_UNRESPONSIVE", message });
    expect(request.limitEvents).toEqual([
      { limit: "kill_unresponsive_after_ms", allowed: 30_000, used: 30_000, action: "ended" },
    ]);
    expect(pulses).toEqual(["unresponsive"]);
  });

  test("one that somebody has stopped is not taken for hung", async () => {
    const { channel, end, pass } = await openSilent({ answersPings: false, isPaused: () => true });
    void awaited(channel.health(NEVER));
    await pass(600_000);
    expect(end.kills).toEqual([]);
    await channel[Symbol.asyncDispose]();
  });
});

describe("RemoteChannel tells how it ended", () => {
  test("by itself: what is under way and what is asked later fail with the reason", async () => {
    const { channel, end, call } = await openService({ hang: () => new Promise(() => undefined) });
    const hanging = awaited(call("hang"));
    await settled();
    end.end("it called process.exit(3)");
    const message = 'Cannot call plugin "probe": it ended: it called process.exit(3)';
    await expect(hanging).rejects.toMatchObject({ code: "PLUGIN_FAILED", message });
    await expect(call("hang")).rejects.toMatchObject({ code: "PLUGIN_FAILED", message });
    await expect(channel.health(NEVER)).rejects.toMatchObject({ message });
    expect(await channel.exited).toMatchObject({ expected: false, reason: "it called process.exit(3)" });
    await channel[Symbol.asyncDispose]();
    expect(await channel.exited).toMatchObject({ expected: false });
  });

  test("by a limit: all fails with the error of the limit", async () => {
    const { channel, end, call } = await openService({ hang: () => new Promise(() => undefined) });
    const hanging = awaited(call("hang"));
    const error = new HostError("LIMIT_EXCEEDED", "it used too much");
    end.end(error);
    await expect(hanging).rejects.toBe(error);
    expect(await channel.exited).toMatchObject({ expected: false, reason: "it used too much" });
  });

  test("by the host: it is expected, and may be asked for twice", async () => {
    const { channel, call } = await openService({ echo: (input) => input });
    await Promise.all([channel[Symbol.asyncDispose](), channel[Symbol.asyncDispose]()]);
    await expect(call("echo", 1)).rejects.toThrow('Cannot call plugin "probe": it was unloaded');
    expect(await channel.exited).toMatchObject({ expected: true });
  });

  test("by closing its end of the link: it has a moment to be gone, and is ended then", async () => {
    const clock = new ManualClock();
    const { channel, end, call } = await openService({ hang: () => new Promise(() => undefined) }, { clock });
    const hanging = awaited(call("hang"));
    await settled();
    end.pluginLink.close();
    await settled();
    await clock.advance(499);
    expect(end.kills).toEqual([]);
    await clock.advance(1);
    expect(await channel.exited).toMatchObject({ expected: false, reason: "it closed its channel" });
    await expect(hanging).rejects.toThrow("it closed its channel");
  });

  test("no timer is left behind", async () => {
    const clock = new ManualClock();
    const { channel } = await openService({ echo: (input) => input }, { clock });
    await channel[Symbol.asyncDispose]();
    await settled();
    expect(clock.pendingTimers).toBe(0);
  });
});
