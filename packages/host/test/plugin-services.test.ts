import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type JsonValue, ManualClock, systemClock } from "@berth/base";
import type { HostError, Tier } from "@berth/contract";
import type { ServiceCall } from "@berth/kernel/services";
import { createTestHost, type PluginToWrite, type TestHost, type TestHostOptions, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";

/** Counts by name, says who calls, and passes calls on. */
const METRICS: PluginToWrite = {
  name: "metrics-plugin",
  provides: { service: ["metrics", "own-metrics"] },
  manifest: '[permissions]\nservices = ["report"]',
  source: `
    import { defineService, definePlugin, HostError } from "@berth/sdk";
    const counting = (name: string, scope: "host" | "plugin") => defineService(name, {
      scope,
      create: (_config, ctx) => {
        const totals = new Map<string, number>();
        return {
          methods: {
            count: (input) => {
              const { name } = input as { name: string };
              totals.set(name, (totals.get(name) ?? 0) + 1);
              return totals.get(name)!;
            },
            instance: () => ctx.instanceId,
            about: (_input, call) => ({
              caller: call.caller,
              correlationId: call.correlationId,
              left: call.deadline - ctx.now(),
              permissions: [...call.permissions],
            }),
            refuse: () => {
              throw new HostError("CONFIG_INVALID", "no such counter", { details: { name: "x" } });
            },
            crash: () => {
              throw new Error("the counter fell over");
            },
            hang: (_input, call) => new Promise((_resolve, reject) => {
              call.signal.addEventListener("abort", () => reject(call.signal.reason));
            }),
            again: (input, call) => ctx.services.call("report", "again", input, call),
          },
        };
      },
    });
    export default definePlugin({ provides: [counting("metrics", "host"), counting("own-metrics", "plugin")] });`,
};

/** Calls others by what it is told, through a handle that it got at the very beginning. */
function reporter(name: string, service = name): PluginToWrite {
  return {
    name,
    provides: { service: [service] },
    manifest:
      '[permissions]\nservices = ["metrics", "own-metrics", "metrcis", "nobody-at-all"]\nmay = ["metrics.read"]',
    source: `
      import { defineService, definePlugin, defineServiceRef, type PluginContext, type ServiceClient } from "@berth/sdk";
      interface Metrics {
        count(input: { name: string }): number;
        about(): { caller: string };
        refuse(): void;
        again(input: number): number;
      }
      let metrics: ServiceClient<Metrics>;
      export default definePlugin({
        initialize: (ctx: PluginContext) => void (metrics = ctx.services.get(defineServiceRef<Metrics>("metrics"))),
        provides: [
          defineService("${service}", {
            create: (_config, ctx) => ({
              methods: {
                count: (_input, call) => metrics.count({ name: "visits" }, call),
                about: (_input, call) => metrics.about(null, call),
                aboutFresh: () => metrics.about(),
                call: (input, call) => {
                  const [service, method, given = null] = input as [string, string, never];
                  return ctx.services.get(service).call(method, given, call);
                },
                find: async (input) => (await ctx.services.find(input as string)) !== undefined,
                again: (_input, call) => metrics.again(0, call),
              },
            }),
          }),
        ],
      });`,
  };
}

const settings = (isolation: Tier) => ({ enabled: true, accept_unenforced: [], isolation });

function openHost(tier: Tier = "inline", more: TestHostOptions = {}): Promise<TestHost> {
  return createTestHost({
    ...more,
    plugins: [METRICS, reporter("reporter", "report"), reporter("second")],
    config: {
      plugins: { "metrics-plugin": settings(tier), reporter: settings(tier), second: settings(tier) },
    },
  });
}

const call = (
  host: TestHost,
  service: string,
  method: string,
  input: JsonValue = null,
  more: Partial<ServiceCall> = {},
): Promise<JsonValue> =>
  host.services.call({ service, method, input, caller: "app/test", signal: AbortSignal.timeout(60_000), ...more });

describe("A service of a plugin", () => {
  test("is called by an application by its name, and loaded by the first call [OPS-18, OPS-36]", async () => {
    await using host = await openHost();
    const provider = host.plugins.get("metrics-plugin");
    expect(host.services.names()).toEqual(["machine", "meters", "metrics", "own-metrics", "report", "runs", "second"]);
    expect([host.services.has("metrics", "app/test"), provider.state]).toEqual([true, "unloaded"]);
    expect(await call(host, "metrics", "count", { name: "a" })).toBe(1);
    expect(await call(host, "metrics", "count", { name: "a" })).toBe(2);
    expect(await call(host, "metrics", "about")).toMatchObject({ caller: "app/test", permissions: ["*"] });
    expect(provider.state).toBe("active");
    expect(host.services.metricsOf("metrics")).toMatchObject({ calls: 3, successes: 3, failures: 0 });
  });

  test("is told by the host who calls, and what of the outer call is left, by the host's own account", async () => {
    const clock = new ManualClock(1_000_000);
    await using host = await openHost("inline", { clock });
    const within = { deadline: clock.now() + 5_000, correlationId: "run-17" };
    expect(await call(host, "report", "about", null, within)).toEqual({
      caller: "plugin/reporter",
      correlationId: "run-17",
      left: 5_000,
      permissions: ["metrics.read"],
    });
    expect(await call(host, "report", "aboutFresh", null, within)).toMatchObject({
      caller: "plugin/reporter",
      correlationId: expect.not.stringMatching("run-17"),
      left: 60_000,
    });
  });

  test("is cancelled when the time of the outer call is over, with all that it called itself", async () => {
    const clock = new ManualClock(1_000_000);
    await using host = await openHost("inline", { clock });
    await call(host, "report", "about");
    const hanging = call(host, "report", "call", ["metrics", "hang"], { deadline: clock.now() + 5_000 });
    await expect(Promise.all([hanging, clock.advance(5_000)])).rejects.toMatchObject({
      code: "CALL_DEADLINE_EXCEEDED",
    });
    const { inFlight } = host.plugins.get("metrics-plugin").generation!;
    expect(await inFlight.drained(systemClock, 5_000)).toBe(true);
    expect(inFlight.count).toBe(0);
  });

  test("answers with its errors as they are, and with a failure for what it did not mean", async () => {
    await using host = await openHost();
    await expect(call(host, "report", "call", ["metrics", "refuse"])).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: "no such counter",
      details: { name: "x" },
    });
    await expect(call(host, "report", "call", ["metrics", "crash"])).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
      message: expect.stringContaining("the counter fell over"),
    });
    expect(host.services.metricsOf("metrics", "plugin/reporter")).toMatchObject({ calls: 2, failures: 2 });
    // Nobody is shut out for that.
    expect(await call(host, "report", "count")).toBe(1);
  });

  test("is denied to a plugin that was not granted it, with the line of the manifest [RPT-44]", async () => {
    await using host = await openHost();
    const denied = {
      code: "PERMISSION_DENIED",
      message:
        'Cannot call service "machine": it was not granted; ask for it in permissions.services of plugin.toml (services = ["machine"]), and have it granted',
    };
    await expect(call(host, "report", "call", ["machine", "figures"])).rejects.toMatchObject(denied);
    await expect(call(host, "report", "find", "machine")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });

  test("that nobody provides, or that lacks the method, is named with the nearest there is", async () => {
    await using host = await openHost();
    await expect(call(host, "report", "call", ["metrcis", "count"])).rejects.toMatchObject({
      code: "SERVICE_NOT_FOUND",
      message: 'No service is named "metrcis"; did you mean "metrics"?',
    });
    await expect(call(host, "report", "call", ["nobody-at-all", "count"])).rejects.toMatchObject({
      message: 'No service is named "nobody-at-all"; nobody provides it',
    });
    await expect(call(host, "nobody-at-all", "count")).rejects.toThrow(
      'No service is named "nobody-at-all"; there are machine, meters, metrics, own-metrics, report, runs, second',
    );
    await expect(call(host, "report", "call", ["metrics", "cuont"])).rejects.toMatchObject({
      code: "SERVICE_NOT_FOUND",
      message: 'Service "metrics" has no method "cuont"; did you mean "count"?',
    });
    expect([await call(host, "report", "find", "metrcis"), await call(host, "report", "find", "metrics")]).toEqual([
      false,
      true,
    ]);
    await expect(call(host, "metrics", "constructor")).rejects.toMatchObject({ code: "SERVICE_NOT_FOUND" });
  });

  test("that calls back in a circle is stopped after sixteen calls, and the chain is named", async () => {
    await using host = await openHost();
    const error: unknown = await call(host, "report", "again").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "CALL_TOO_DEEP" });
    const { chain } = (error as HostError).details as { chain: string[] };
    expect(chain.slice(0, 3)).toEqual(["app/test", "report.again", "metrics.again"]);
    expect(chain).toHaveLength(18);
    expect((error as HostError).message).toContain("app/test → report.again → metrics.again → report.again");
    // Nothing of it stays behind: the next one goes as deep.
    await expect(call(host, "report", "again")).rejects.toMatchObject({ details: { chain } });
  });
});

describe("An instance of a service [OPS-18]", () => {
  const count = (host: TestHost, by: string, service: string): Promise<JsonValue> =>
    call(host, by, "call", [service, "count", { name: "a" }]);

  test("is shared by all callers, or one for each plugin that calls", async () => {
    await using host = await openHost();
    expect([await count(host, "report", "metrics"), await count(host, "second", "metrics")]).toEqual([1, 2]);
    expect([await count(host, "report", "own-metrics"), await count(host, "second", "own-metrics")]).toEqual([1, 1]);
    expect(await count(host, "report", "own-metrics")).toBe(2);
    expect(await call(host, "metrics", "instance")).toBe("service/metrics");
    expect(await call(host, "report", "call", ["own-metrics", "instance"])).toBe(
      "service/own-metrics for plugin/reporter",
    );
  });

  test("of one plugin ends with that plugin", async () => {
    await using host = await openHost();
    await count(host, "report", "own-metrics");
    await count(host, "second", "own-metrics");
    await host.plugins.get("reporter").deactivate();
    expect([await count(host, "report", "own-metrics"), await count(host, "second", "own-metrics")]).toEqual([1, 2]);
  });

  test("is made anew when its provider was stopped; who holds a reference goes on", async () => {
    await using host = await openHost();
    expect([await call(host, "report", "count"), await call(host, "report", "count")]).toEqual([1, 2]);
    await count(host, "report", "own-metrics");
    await host.plugins.get("metrics-plugin").deactivate();
    expect([await call(host, "report", "count"), await count(host, "report", "own-metrics")]).toEqual([1, 1]);
  });
});

/** A plugin that calls before it runs, and tells the host what came of it. */
function early(name: string, calls: string, more = ""): PluginToWrite {
  return {
    name: `${name}-plugin`,
    provides: { service: [name] },
    manifest: `[permissions]\nservices = ["${calls}", "notes"]`,
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      export default definePlugin({
        initialize: async (ctx) => {
          const outcome = await ctx.services.call("${calls}", "hello").catch((error) => error.message);
          await ctx.services.call("notes", "add", "${name}: " + outcome);
        },
        provides: [defineService("${name}", { create: (_config, ctx) => ({ methods: { hello: () => "hello", ${more} } }) })],
      });`,
  };
}

describe("Plugins that call each other while they start", () => {
  async function notesOf(plugins: PluginToWrite[]): Promise<string[]> {
    await using host = await createTestHost({ plugins });
    const notes: string[] = [];
    host.services.registerService("notes", { add: (note) => (notes.push(note as string), null) });
    expect(await call(host, "one", "hello")).toBe("hello");
    return notes;
  }

  test("are told of the circle at once, instead of waiting for each other until their time is over [OPS-18]", async () => {
    expect(await notesOf([early("one", "two"), early("two", "one")])).toEqual([
      'two: Cannot call a service of plugin "one-plugin" while plugin "two-plugin" starts or stops: "two-plugin" waits for "one-plugin", which waits for "two-plugin"',
      "one: hello",
    ]);
    expect(await notesOf([early("one", "one")])).toEqual([
      'one: Cannot call a service of plugin "one-plugin" while plugin "one-plugin" starts or stops: "one-plugin" waits for "one-plugin"',
    ]);
  });

  test("are told of one that leads through a plugin that runs already", async () => {
    const running: PluginToWrite = {
      ...early("two", "one"),
      source: `
        import { definePlugin, defineService } from "@berth/sdk";
        export default definePlugin({
          provides: [
            defineService("two", {
              create: (_config, ctx) => ({ methods: { hello: (_input, call) => ctx.services.call("one", "hello", null, call) } }),
            }),
          ],
        });`,
    };
    expect(await notesOf([early("one", "two"), running])).toEqual([
      expect.stringMatching(/^one: Cannot call a service of plugin "one-plugin" while plugin "two-plugin" starts/),
    ]);
  });
});

test("An instance of a service is made when the one before it under the same name is closed", async () => {
  const slow: PluginToWrite = {
    name: "slow-plugin",
    provides: { service: ["own-metrics"] },
    manifest: '[permissions]\nservices = ["steps"]',
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      export default definePlugin({
        provides: [
          defineService("own-metrics", {
            scope: "plugin",
            create: async (_config, ctx) => {
              await ctx.services.call("steps", "note", "create");
              return {
                methods: { count: () => 1 },
                dispose: async () => void (await ctx.services.call("steps", "close")),
              };
            },
          }),
        ],
      });`,
  };
  await using host = await createTestHost({ plugins: [slow, reporter("reporter", "report")] });
  const steps: string[] = [];
  const closing = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<null>();
  host.services.registerService("steps", {
    note: (step) => (steps.push(step as string), null),
    close: async () => {
      steps.push("close");
      closing.resolve();
      await closed.promise;
      steps.push("closed");
      return null;
    },
  });
  const count = (): Promise<JsonValue> => call(host, "report", "call", ["own-metrics", "count", null]);
  await count();
  await host.plugins.get("reporter").deactivate();
  await closing.promise;
  const second = count();
  await host.plugins.get("reporter").activate(AbortSignal.timeout(20_000));
  closed.resolve(null);
  expect([await second, steps]).toEqual([1, ["create", "close", "closed", "create"]]);
});

test("A plugin has sixty-four calls of services under way at most, which leaves places for others [OPS-23]", async () => {
  await using host = await openHost();
  const gate = Promise.withResolvers<void>();
  let underWay = 0;
  let most = 0;
  host.services.registerService("metrcis", {
    wait: async () => {
      most = Math.max(most, ++underWay);
      await gate.promise;
      underWay--;
      return null;
    },
  });
  const calls = Array.from({ length: 90 }, () => call(host, "report", "call", ["metrcis", "wait"]));
  await expect.poll(() => underWay).toBe(64);
  // None more when calls of another plugin have been answered.
  for (let at = 0; at < 10; at++) expect(await call(host, "second", "count")).toBe(at + 1);
  expect([underWay, most]).toEqual([64, 64]);
  gate.resolve();
  await Promise.all(calls);
  expect([underWay, most]).toEqual([0, 64]);
});

/** A provider that says which version answers, by which instance, and hands on how often it was asked. */
function versioned(version: string, scope: string): PluginToWrite {
  return {
    name: "versioned-plugin",
    version,
    provides: { service: ["metrics"] },
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      let asked = 0;
      export default definePlugin({
        saveState: () => asked,
        restoreState: (state) => void (asked = state as number),
        provides: [
          defineService("metrics", {
            scope: "${scope}",
            create: (_config, ctx) => ({ methods: { about: () => "${version} " + ctx.instanceId + " " + ++asked } }),
          }),
        ],
      });`,
  };
}

test.each(["inline", "worker"] as const)(
  "In tier %s a reference goes on while its service is reloaded under calls, and meets another scope [BWK-85, FLX-17]",
  async (tier) => {
    await using host = await createTestHost({
      plugins: [versioned("1.0.0", "plugin"), reporter("reporter", "report")],
      keepsVersions: true,
      config: { plugins: { "versioned-plugin": settings(tier), reporter: settings(tier) } },
    });
    const about = async (): Promise<string> => (await call(host, "report", "about")) as string;
    const answers: string[] = [await about()];
    const reloaded = new AbortController();
    const calling = Array.from({ length: 4 }, async () => {
      // Calls inline take no turn of the event loop, and the reload needs some.
      for (; !reloaded.signal.aborted; await setImmediate()) answers.push(await about());
    });
    await writePlugin(join(host.folder, "plugins"), versioned("2.0.0", "host"));
    const report = await host.reloads.reload("versioned-plugin");
    reloaded.abort();
    await Promise.all(calling);
    expect(report).toMatchObject({ outcome: "reloaded" });
    answers.push(await about());
    expect(answers[0]).toBe("1.0.0 service/metrics for plugin/reporter 1");
    expect(answers.at(-1)).toMatch(/^2\.0\.0 service\/metrics \d+$/);
    // Each call was counted once, by one version or the other.
    const counted = answers.map((answer) => Number(answer.split(" ").at(-1))).toSorted((a, b) => a - b);
    expect(counted).toEqual(answers.map((_, at) => at + 1));
  },
);

describe("When the host stops", () => {
  test("a plugin that says goodbye loads no other one [OPS-18]", async () => {
    const steps: string[] = [];
    const leaving: PluginToWrite = {
      name: "leaving",
      provides: { service: ["leaving"] },
      manifest: '[permissions]\nservices = ["metrics", "steps"]',
      source: `
        import { definePlugin, defineService } from "@berth/sdk";
        export default definePlugin({
          provides: [defineService("leaving", { create: () => ({ methods: { hello: () => "hello" } }) })],
          stop: async (ctx) => {
            const outcome = await ctx.services.call("metrics", "count", { name: "a" }).catch((error) => error.code);
            await ctx.services.call("steps", "note", outcome);
          },
        });`,
    };
    const host = await createTestHost({ plugins: [METRICS, leaving] });
    host.services.registerService("steps", { note: (step) => (steps.push(step as string), null) });
    await call(host, "leaving", "hello");
    await host[Symbol.asyncDispose]();
    expect(steps).toEqual(["CALL_CANCELLED"]);
  });
});
