import { hostname, totalmem } from "node:os";
import { type JsonObject, ManualClock } from "@berth/base";
import { createTestHost, type TestHost } from "@berth/testing";
import type { Run } from "@berth/storage";
import { describe, expect, test } from "vitest";
import { aCall, echoPlugin } from "./plugins-of-tests.ts";

/** A plugin that calls the service its configuration names and answers with what came. */
const CALLER = echoPlugin("caller", {
  manifest: '[permissions]\nservices = ["machine", "runs"]\nsecrets = ["API_KEY"]',
  source: `
    import { definePlugin, defineSource, fields } from "@berth/sdk";
    export default definePlugin({
      provides: [defineSource("caller", {
        config: fields({ call: { type: "string", required: true }, input: { type: "string", default: "null" } }),
        create: ({ call, input }, ctx) => ({
          fetch: async () => {
            if (call === "secret") {
              const key = await ctx.secrets.get("API_KEY");
              ctx.log.warn("calling with " + key.reveal(), { url: "https://x.example/?key=" + key.reveal() });
              return { title: String(key), lines: [] };
            }
            const [service, method] = call.split(".");
            return ctx.services.call(service, method, JSON.parse(input)) as never;
          },
        }),
      })],
    });`,
});

async function ask(host: TestHost, call: string, input?: object): Promise<unknown> {
  const config = { call, ...(input ? { input: JSON.stringify(input) } : {}) };
  await using instance = host.instance({ contribution: "source/caller", instanceId: "c", config });
  return await instance.method("fetch")([], aCall());
}

describe("the service machine", () => {
  test("gives the figures of this machine", async () => {
    await using host = await createTestHost({ plugins: [CALLER] });
    const figures = (await ask(host, "machine.figures")) as JsonObject;
    expect(figures).toMatchObject({ hostname: hostname(), totalMemory: totalmem(), platform: process.platform });
    expect(figures["freeMemory"]).toBeGreaterThan(0);
    expect(figures["freeMemory"]).toBeLessThan(totalmem());
    expect(figures["cpus"]).toBeGreaterThanOrEqual(1);
    expect(figures["uptimeSeconds"]).toBeGreaterThan(0);
    expect(figures["loadAverage"]).toHaveLength(3);
  });
});

const HOUR_MS = 3_600_000;

describe("the service runs", () => {
  const now = Date.UTC(2026, 5, 2, 12);
  const run = (job: string, hoursAgo: number, more: Partial<Run> = {}): Run => ({
    job,
    type: "source/test",
    startedAt: now - hoursAgo * HOUR_MS,
    completedAt: now - hoursAgo * HOUR_MS + 100,
    durationMs: 100,
    outcome: "success",
    dataPoints: 1,
    attempts: 1,
    trigger: "cron",
    ...more,
  });

  test("counts the runs of a period by job, and spreads them over its hours", async () => {
    await using host = await createTestHost({ plugins: [CALLER], clock: new ManualClock(now) });
    const runs = [
      run("home", 0.5),
      run("home", 3.5, { outcome: "failed", error: "no answer", errorCode: "PLUGIN_FAILED", durationMs: 900 }),
      run("home", 30),
      run("work", 1.5, { outcome: "skipped" }),
    ];
    for (const one of runs) await host.storage.runs.record(one);
    const { jobs, buckets } = (await ask(host, "runs.summary")) as { jobs: JsonObject[]; buckets: JsonObject[] };
    expect(jobs).toMatchObject([
      { job: "home", type: "source/test", runs: 2, succeeded: 1, failed: 1, successRate: 0.5, lastOutcome: "success" },
      { job: "work", runs: 1, skipped: 1, successRate: null, p50Ms: null, lastError: null },
    ]);
    expect(buckets).toHaveLength(24);
    expect(buckets.map(({ succeeded, failed }) => [succeeded, failed]).slice(-4)).toEqual([
      [0, 1],
      [0, 0],
      [0, 0],
      [1, 0],
    ]);
    const longer = (await ask(host, "runs.summary", { sinceMs: 48 * HOUR_MS })) as { jobs: JsonObject[] };
    expect(longer.jobs[0]).toMatchObject({ runs: 3 });
  });

  test.each([{ sinceMs: 0 }, { sinceMs: "a day" }, { sinceMs: 400 * 24 * HOUR_MS }, { sinceMs: -1 }])(
    "refuses the period %j",
    async (input) => {
      await using host = await createTestHost({ plugins: [CALLER] });
      await expect(ask(host, "runs.summary", input)).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: "Cannot summarise runs: sinceMs must be a number from 1 to 2678400000",
      });
    },
  );
});

describe("a secret that a plugin asked for", () => {
  test("stands in no line of the log, whoever writes it", async () => {
    await using host = await createTestHost({ plugins: [CALLER], env: { API_KEY: "s3cr3t-k3y" } });
    expect(await ask(host, "secret")).toEqual({ title: "[secret]", lines: [] });
    host.log.error("the host says s3cr3t-k3y", { nested: { key: "s3cr3t-k3y" } });
    expect(host.records).toMatchObject([
      { source: "plugin/caller", message: "calling with ***", fields: { url: "https://x.example/?key=***" } },
      { source: "host", message: "the host says ***", fields: { nested: { key: "***" } } },
    ]);
  });

  test("that is not set is named, by name only", async () => {
    await using host = await createTestHost({ plugins: [CALLER] });
    await expect(ask(host, "secret")).rejects.toThrow(/API_KEY/);
  });
});
