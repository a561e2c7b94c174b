import { type JsonValue, ManualClock } from "@berth/base";
import type { Tier } from "@berth/contract";
import { defaultHostConfig, type HostConfig } from "@berth/kernel/config";
import type { ServiceCall } from "@berth/kernel/services";
import { createTestHost, type PluginToWrite, type TestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";

const NEVER = new AbortController().signal;
const TIERS: readonly Tier[] = ["inline", "worker", "process"];

/** Fails as often as it is told, and counts how often it was called. */
const flaky = (manifest = "", idempotent = '["get"]'): PluginToWrite => ({
  name: "flaky-plugin",
  provides: { service: ["flaky"] },
  manifest: `criticality = "optional"\n${manifest}`,
  source: `
    import { defineService, definePlugin } from "@berth/sdk";
    let calls = 0;
    let failures = 0;
    const failOrCount = () => {
      calls++;
      if (failures-- > 0) throw new Error("not now");
      return calls;
    };
    export default definePlugin({
      provides: [
        defineService("flaky", {
          idempotent: ${idempotent},
          create: () => ({
            methods: {
              fail: (times) => ((calls = 0), (failures = Number(times)), null),
              get: failOrCount,
              put: failOrCount,
              calls: () => calls,
              hang: (_input, call) => new Promise((_resolve, reject) => {
                call.signal.addEventListener("abort", () => reject(call.signal.reason));
              }),
              spin: () => { for (;;); },
            },
          }),
        }),
      ],
    });`,
});

interface Entry {
  policy?: HostConfig["plugins"][string]["policy"];
  policies?: HostConfig["plugins"][string]["policies"];
}

function configOf(entry: Entry, tier: Tier = "inline"): Pick<HostConfig, "plugins"> {
  const whole = { enabled: true, accept_unenforced: [], isolation: tier, ...entry };
  return { plugins: { "flaky-plugin": whole } };
}

const call = (host: TestHost, method: string, input: JsonValue = null, more: Partial<ServiceCall> = {}) =>
  host.services.call({ service: "flaky", method, input, caller: "app/test", ...more });

const AT_ONCE = { retry: { waits_ms: [0] } };

describe.each(TIERS)("The calls into a plugin in tier %s", (tier) => {
  test("are made again where its code says that a method may be called twice, and not otherwise [BWK-6]", async () => {
    await using host = await createTestHost({ plugins: [flaky()], config: configOf({ policy: AT_ONCE }, tier) });
    await call(host, "fail", 2);
    expect(await call(host, "get")).toBe(3);
    await call(host, "fail", 1);
    await expect(call(host, "put")).rejects.toThrow("not now");
    expect(await call(host, "calls")).toBe(1);
  });

  test("are given up at the deadline of its policy, and what ignores its signal is ended with its thread or process [BWK-5]", async () => {
    const config = configOf({ policies: { "service/flaky": { deadline_ms: 200 } } }, tier);
    await using host = await createTestHost({ plugins: [flaky()], config });
    await host.plugins.get("flaky-plugin").activate(NEVER);
    await expect(call(host, "hang")).rejects.toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
    if (tier === "inline") return;
    const ended = host.plugins.get("flaky-plugin").generation!.channel.exited;
    await expect(call(host, "spin")).rejects.toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
    expect(await ended).toMatchObject({ expected: false });
  });
});

test("What the manifest says of calls holds, unless the operator says otherwise [BWK-17]", async () => {
  const manifest =
    '[policy]\nretry = { waits_ms = [0] }\n[policies."service/flaky"]\nidempotent = true\nrate = { per_second = 1, burst = 4 }';
  const clock = new ManualClock();
  const config = configOf({
    policy: { retry: { max_attempts: 2 } },
    policies: { "service/flaky": { idempotent: ["put"] } },
  });
  await using host = await createTestHost({ plugins: [flaky(manifest, "false")], config, clock });
  await call(host, "fail", 1);
  const put = call(host, "put");
  await clock.advance(0);
  expect(await put).toBe(2);
  await call(host, "fail", 1);
  await expect(call(host, "get")).rejects.toThrow("not now");
  await expect(call(host, "calls")).rejects.toMatchObject({ code: "CALL_RATE_EXCEEDED" });
  await clock.advance(1_000);
  expect(await call(host, "calls")).toBe(1);
});

test("A policy for a contribution that the plugin does not have is told, with the nearest it has", async () => {
  const config = configOf({ policies: { "service/flakey": { deadline_ms: 5 }, "service/flaky": {} } });
  await using host = await createTestHost({ plugins: [flaky()], config });
  expect(host.records.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
    'plugins.flaky-plugin.policies has "service/flakey", which the plugin does not provide; did you mean "service/flaky"?',
  ]);
});

test("An earlier answer to the same caller stands in where the policy lets it [BWK-3]", async () => {
  const policy = { retry: { max_attempts: 1 }, fallback: { use_cached: true } };
  await using host = await createTestHost({ plugins: [flaky()], config: configOf({ policy }) });
  expect(await call(host, "get")).toBe(1);
  await call(host, "fail", 10);
  expect(await call(host, "get")).toBe(1);
  await expect(call(host, "get", null, { caller: "app/other" })).rejects.toThrow("not now");
  await expect(call(host, "put")).rejects.toThrow("not now");
});

test("A changed policy of berth.yaml holds at once, without a reload [BWK-17]", async () => {
  await using host = await createTestHost({ plugins: [flaky()], config: configOf({}) });
  await host.start(NEVER);
  await call(host, "fail", 0);
  const { number } = host.plugins.get("flaky-plugin").generation!;
  const next = {
    ...defaultHostConfig(),
    ...host.config,
    ...configOf({ policy: { rate: { per_second: 0.001, burst: 1 } } }),
  };
  const report = await host.applyConfig({ config: next, sections: {} }, NEVER);
  expect(report).toEqual({ outcome: "applied", host: [], plugins: ["flaky-plugin"], needsRestart: [] });
  await call(host, "calls");
  await expect(call(host, "calls")).rejects.toMatchObject({ code: "CALL_RATE_EXCEEDED" });
  expect(host.plugins.get("flaky-plugin").generation!.number).toBe(number);
});

/** Passes each call on to the one that fails, which it retries as well. */
const relay: PluginToWrite = {
  name: "relay-plugin",
  provides: { service: ["relay"] },
  manifest: '[permissions]\nservices = ["flaky"]\n[policy]\nretry = { waits_ms = [0] }',
  source: `
    import { defineService, definePlugin } from "@berth/sdk";
    export default definePlugin({
      provides: [
        defineService("relay", {
          idempotent: true,
          create: (_config, ctx) => ({
            methods: {
              known: (_input, call) => ctx.services.call("flaky", "get", null, call),
              unknown: () => ctx.services.call("flaky", "get").catch(() => { throw new Error("something else"); }),
            },
          }),
        }),
      ],
    });`,
};

test.each(["known", "unknown"])(
  "Two plugins that both try three times bring one that fails at most a tenth more calls (%s) [BWK-6]",
  async (method) => {
    const clock = new ManualClock();
    const policy = { ...AT_ONCE, breaker: { enabled: false } };
    const config = configOf({ policy });
    config.plugins["relay-plugin"] = { enabled: true, accept_unenforced: [], policy: { breaker: { enabled: false } } };
    await using host = await createTestHost({ plugins: [flaky(), relay], config, clock });
    await call(host, "fail", 1_000_000);
    const relayed = async (): Promise<void> => {
      const calling = call(host, method, null, { service: "relay" }).catch(() => undefined);
      const over = calling.then(() => true);
      const turn = (): Promise<boolean> => clock.advance(0).then(() => false);
      while (!(await Promise.race([over, turn()])));
    };
    const loadOf = async (calls: number): Promise<number> => {
      const before = Number(await call(host, "calls"));
      for (let i = 0; i < calls; i++) await relayed();
      return Number(await call(host, "calls")) - before;
    };
    await loadOf(300);
    expect(await loadOf(1_000)).toBeLessThanOrEqual(1_101);
  },
);
