import type { JsonValue } from "@berth/base";
import type { HealthReport } from "@berth/contract";
import { createTestHost, type PluginToWrite, type TestHost } from "@berth/testing";
import { expect, test } from "vitest";
import { saying } from "./plugins.ts";

const never = new AbortController().signal;

const ask = (host: TestHost, service: string, method = "say"): Promise<JsonValue> =>
  host.services.call({ service, method, input: null, caller: "app/test" });

/** What the host tells of plugins, as `SUBJECT PLUGIN PROVIDER`, and a way to wait for it. */
function told(host: TestHost) {
  const events: string[] = [];
  let heard = Promise.withResolvers<void>();
  host.events.subscribe({ owner: "host", pattern: "plugin.>" }, ({ subject, data }) => {
    const { plugin, provider } = data as { plugin: string; provider?: string };
    if (provider === undefined) return;
    events.push(`${subject} ${plugin} ${provider}`);
    heard.resolve();
    heard = Promise.withResolvers();
  });
  const until = async (event: string): Promise<void> => {
    while (!events.includes(event)) await heard.promise;
  };
  return { events, until };
}

const health = (host: TestHost, name: string): Promise<HealthReport> => host.plugins.get(name).health(never);

/** In a thread, so that a crash ends nobody else. */
function inThreads(plugins: readonly PluginToWrite[]) {
  const settings = { enabled: true, isolation: "worker" as const, accept_unenforced: [] };
  return { plugins, config: { plugins: Object.fromEntries(plugins.map(({ name }) => [name, settings])) } };
}

const PAGE = saying("page", { dependencies: 'requires = { chart = "*" }', calls: ["chart"] });

test("A plugin is paused while what it requires is gone, and goes on when it is back; its calls wait and are not lost [OPS-12, OPS-48]", async () => {
  await using host = await createTestHost({ plugins: [PAGE, saying("chart")] });
  const { events, until } = told(host);
  await ask(host, "page");
  await host.plugins.get("chart").deactivate();
  expect(host.plugins.get("page").heldBecause).toBe('it waits for "chart", which it requires and which was stopped');
  expect(await health(host, "page")).toEqual({
    health: "degraded",
    message: 'it waits for "chart", which it requires and which was stopped',
  });
  expect(host.checkDependencies("page")).toBe(true);
  const waiting = ask(host, "page");
  await until("plugin.paused page chart");
  await host.plugins.get("chart").activate(never);
  expect(await waiting).toBe("page 1.0.0 < chart 1.0.0");
  await until("plugin.resumed page chart");
  expect(events).toEqual(["plugin.paused page chart", "plugin.resumed page chart"]);
  expect(await health(host, "page")).toEqual({ health: "healthy" });
});

test("What others require is brought back when it crashes, and they go on [OPS-12]", async () => {
  await using host = await createTestHost(inThreads([PAGE, saying("chart")]));
  const { until } = told(host);
  await ask(host, "page");
  await ask(host, "chart", "crash").catch(() => undefined);
  await until("plugin.paused page chart");
  await until("plugin.resumed page chart");
  expect(await ask(host, "page")).toBe("page 1.0.0 < chart 1.0.0");
  expect(host.plugins.get("chart").serving?.number).toBe(2);
});

test("A plugin goes on without what it can do without, says so, and has it again when it is back [OPS-12]", async () => {
  await using host = await createTestHost({
    plugins: [
      saying("page", { dependencies: 'optional = { chart = "*" }\nservices = ["metrics"]' }),
      saying("chart"),
      saying("prometheus", { service: "metrics" }),
    ],
  });
  const { events, until } = told(host);
  await ask(host, "page");
  await host.plugins.get("chart").deactivate();
  expect(await ask(host, "page")).toBe("page 1.0.0");
  expect(await health(host, "page")).toEqual({
    health: "degraded",
    message: 'it goes on without "chart", which was stopped',
  });
  await host.plugins.get("prometheus").deactivate();
  await host.plugins.get("chart").activate(never);
  expect(await health(host, "page")).toEqual({
    health: "degraded",
    message: 'it goes on without "prometheus", which was stopped',
  });
  await host.plugins.get("prometheus").activate(never);
  expect(await health(host, "page")).toEqual({ health: "healthy" });
  await until("plugin.resumed page prometheus");
  expect(events).toEqual([
    "plugin.degraded page chart",
    "plugin.degraded page prometheus",
    "plugin.resumed page prometheus",
  ]);
});

test("A plugin starts without an optional one that cannot start, and says so", async () => {
  const broken = { ...saying("chart"), source: "throw new Error('not today');" };
  await using host = await createTestHost({
    plugins: [saying("page", { dependencies: 'optional = { chart = "*" }' }), broken],
  });
  expect(await ask(host, "page")).toBe("page 1.0.0");
  expect(await health(host, "page")).toMatchObject({
    health: "degraded",
    message: expect.stringContaining('it goes on without "chart", which cannot start: ') as string,
  });
});

test("A paused plugin that is stopped waits for nobody: it starts what it requires when it is used again", async () => {
  await using host = await createTestHost({ plugins: [PAGE, saying("chart")] });
  await ask(host, "page");
  await host.plugins.get("chart").deactivate();
  await host.plugins.get("page").deactivate();
  expect(host.plugins.get("page").heldBecause).toBeUndefined();
  expect(await ask(host, "page")).toBe("page 1.0.0 < chart 1.0.0");
});
