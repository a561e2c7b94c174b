import { ManualClock } from "@berth/base";
import { defaultHostConfig } from "@berth/kernel/config";
import { createTestHost, type TestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { aCall, echoPlugin } from "./plugins-of-tests.ts";

/** A plugin that calls a service of the host, which answers when the test says so, and one that others use lazily. */
const BUSY = echoPlugin("busy", {
  manifest: '[permissions]\nservices = ["slow"]',
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    export default definePlugin({
      provides: [defineSource("busy", { create: (_config, ctx) => ({
        fetch: async (call) => (await ctx.services.call("slow", "wait", null, call.signal)) as never,
      }) })],
      stop: () => new Promise((resolve) => setTimeout(resolve, 1)),
    });`,
});

/** A call of `busy` that is under way, and how to answer it. */
async function openBusy(host: TestHost) {
  const waiting = Promise.withResolvers<null>();
  const called = Promise.withResolvers<void>();
  host.services.registerService("slow", {
    wait: () => {
      called.resolve();
      return waiting.promise;
    },
  });
  const busy = host.instance({ contribution: "source/busy", instanceId: "b" });
  const fetch = busy.method("fetch");
  const pending = fetch([], aCall()).catch((error: unknown) => error);
  await called.promise;
  return { fetch, pending, answer: () => waiting.resolve(null) };
}

describe("A host that stops [RPT-7, FLX-19]", () => {
  test("finishes calls that are under way, and refuses new ones, typed", async () => {
    const host = await createTestHost({ plugins: [BUSY, echoPlugin("rested")] });
    const { fetch, pending, answer } = await openBusy(host);
    const disposed = host[Symbol.asyncDispose]();
    const refused = { code: "HOST_STOPPING", message: 'Cannot use plugin "busy": the host is stopping' };
    await expect.poll(() => host.plugins.get("busy").state).toBe("stopping");
    await expect(fetch([], aCall())).rejects.toMatchObject(refused);
    const rested = host.instance({ contribution: "source/rested", instanceId: "r" });
    await expect(rested.method("fetch")([], aCall())).rejects.toMatchObject({ code: "HOST_STOPPING" });
    expect(host.plugins.get("rested").state).toBe("unloaded");
    answer();
    expect(await pending).toBe(null);
    await disposed;
  });

  test("says once what each step of a plugin's end says", async () => {
    const ending = echoPlugin("ending", {
      source: `
        import { definePlugin, defineSource } from "@berth/sdk";
        export default definePlugin({
          provides: [defineSource("ending", { create: () => ({ fetch: async () => ({ title: "", lines: [] }) }) })],
          stop: () => process.exit(3),
        });`,
    });
    const config = defaultHostConfig();
    config.plugins["ending"] = { enabled: true, isolation: "worker" } as never;
    const host = await createTestHost({ plugins: [ending], config });
    await host.plugins.get("ending").activate(AbortSignal.timeout(30_000));
    await host[Symbol.asyncDispose]();
    const said = host.records.filter(({ level }) => level === "error").map(({ message }) => message);
    expect(said).toEqual([
      expect.stringMatching(/^Cannot call plugin "ending": it ended: it called process\.exit\(3\)/),
    ]);
  });

  test("gives calls no more than the drain of berth.yaml", async () => {
    const clock = new ManualClock();
    const host = await createTestHost({ plugins: [BUSY], clock, config: { shutdown: { drain_ms: 700 } } });
    const { pending } = await openBusy(host);
    const disposed = host[Symbol.asyncDispose]();
    await expect.poll(() => host.plugins.get("busy").state).toBe("stopping");
    await clock.advance(699);
    expect(host.plugins.get("busy").state).toBe("stopping");
    await clock.advance(1);
    expect(await pending).toMatchObject({ code: "CALL_CANCELLED" });
    await disposed;
    expect(clock.pendingTimers).toBe(0);
  });

  test("gives up what is just being started", async () => {
    const hanging = echoPlugin("hanging", {
      source: `
        import { definePlugin, defineSource } from "@berth/sdk";
        globalThis.isStarting = true;
        export default definePlugin({
          provides: [defineSource("hanging", { create: () => ({ fetch: async () => ({ title: "x", lines: [] }) }) })],
          start: () => new Promise(() => undefined),
        });`,
    });
    const host = await createTestHost({ plugins: [hanging] });
    const starting = host.plugins.get("hanging").activate(AbortSignal.timeout(20_000));
    const outcome = starting.catch((error: unknown) => error);
    await expect.poll(() => Reflect.get(globalThis, "isStarting")).toBe(true);
    await host[Symbol.asyncDispose]();
    expect(await outcome).toMatchObject({ code: "HOST_STOPPING" });
    expect(host.plugins.get("hanging").state).toBe("unloaded");
  });

  test("is hurried by a signal: calls are cut short, and it stops at once", async () => {
    const clock = new ManualClock();
    const hurry = new AbortController();
    const host = await createTestHost({ plugins: [BUSY], clock, hurry: hurry.signal });
    const { pending } = await openBusy(host);
    const disposed = host[Symbol.asyncDispose]();
    await expect.poll(() => host.plugins.get("busy").state).toBe("stopping");
    hurry.abort();
    await disposed;
    expect(await pending).toMatchObject({ code: "CALL_CANCELLED" });
    expect(host.plugins.get("busy").state).toBe("unloaded");
    expect(clock.pendingTimers).toBe(0);
  });
});
