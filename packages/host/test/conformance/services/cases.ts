import { setImmediate } from "node:timers/promises";
import { type HostError, isHostError } from "@berth/contract";
import { expect } from "vitest";
import type { ServicesBench } from "./bench.ts";

/** One thing that services do alike, wherever the two plugins run. */
export interface ServicesCase {
  title: string;
  run: (bench: ServicesBench) => Promise<void>;
}

/** Asks until the provider has noted that a call was given up. */
async function givenUp({ metrics }: ServicesBench): Promise<string[]> {
  for (;;) {
    const noted = (await metrics("given")) as string[];
    if (noted.length > 0) return noted;
    await setImmediate();
  }
}

async function failure(call: Promise<unknown>): Promise<HostError> {
  const error: unknown = await call.then(
    (value) => new Error(`it answered ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!isHostError(error)) throw error;
  return error;
}

/** In this order: the provider is stopped and replaced at the end. */
export const SERVICE_CASES: readonly ServicesCase[] = [
  {
    title: "is loaded by the first call, which another plugin makes while it starts [FLX-17, OPS-36]",
    run: async ({ host, ask }) => {
      const provider = host.plugins.get("metrics-plugin");
      expect(provider.state).toBe("unloaded");
      expect(await ask("countedAtStart")).toBe(1);
      expect(provider.state).toBe("active");
    },
  },
  {
    title: "answers another plugin",
    run: async ({ ask }) => expect([await ask("count", "a"), await ask("count", "a")]).toEqual([1, 2]),
  },
  {
    title: "is told who calls by the host, and what the operator lets the caller ask [OPS-51]",
    run: async ({ ask, metrics }) => {
      expect(await ask("about")).toMatchObject({ caller: "plugin/reporter", permissions: ["metrics.read"] });
      expect(await metrics("about")).toMatchObject({ caller: "app/suite", permissions: ["*"] });
    },
  },
  {
    title: "gets the correlation id of the outer call, and what is left of its time",
    run: async ({ host, ask }) => {
      const outer = { correlationId: "run-17", deadline: host.clock.now() + 10_000 };
      const inner = (await ask("about", null, outer)) as { correlationId: string; leftMs: number };
      expect(inner.correlationId).toBe("run-17");
      expect(inner.leftMs).toBeLessThanOrEqual(10_100);
      const alone = (await ask("aboutAlone", null, outer)) as typeof inner;
      expect(alone.correlationId).not.toBe("run-17");
      expect(alone.leftMs).toBeGreaterThan(10_100);
    },
  },
  {
    title: "gives its errors to the caller, codes, details and all",
    run: async ({ ask }) => {
      expect(await failure(ask("call", ["metrics", "refuse", "x"]))).toMatchObject({
        code: "CONFIG_INVALID",
        message: "no such counter",
        details: { name: "x" },
      });
      const crash = await failure(ask("call", ["metrics", "crash"]));
      expect([crash.code, crash.message]).toEqual(["PLUGIN_FAILED", expect.stringContaining("the counter fell over")]);
    },
  },
  {
    title: "is cancelled when the outer caller gives up",
    run: async (bench) => {
      await bench.metrics("given");
      const controller = new AbortController();
      const hanging = failure(bench.ask("call", ["metrics", "hang"], { signal: controller.signal }));
      // It is under way when another one has been answered.
      await bench.ask("count", "b");
      controller.abort();
      expect(await hanging).toMatchObject({ code: "CALL_CANCELLED" });
      expect(await givenUp(bench)).toHaveLength(1);
    },
  },
  {
    title: "is cancelled when the time of the outer call is over",
    run: async (bench) => {
      await bench.metrics("given");
      const deadline = bench.host.clock.now() + 300;
      expect(await failure(bench.ask("call", ["metrics", "hang"], { deadline }))).toMatchObject({
        code: "CALL_DEADLINE_EXCEEDED",
      });
      expect(await givenUp(bench)).toHaveLength(1);
      expect(await bench.ask("countedAtStart")).toBe(1);
    },
  },
  {
    title: "is denied when it was not granted, whether asked for or not [RPT-44]",
    run: async ({ ask }) => {
      for (const service of ["secrets", "report", "machine"]) {
        expect(await failure(ask("call", [service, "read"]))).toMatchObject({
          code: "PERMISSION_DENIED",
          message: expect.stringContaining(`permissions.services of plugin.toml (services = ["${service}"])`),
        });
        expect(await failure(ask("find", service))).toMatchObject({ code: "PERMISSION_DENIED" });
      }
    },
  },
  {
    title: "that nobody provides is told with the nearest name, and found to be missing",
    run: async ({ ask }) => {
      expect(await failure(ask("call", ["metrcis", "count"]))).toMatchObject({
        code: "SERVICE_NOT_FOUND",
        message: 'No service is named "metrcis"; did you mean "metrics"?',
      });
      expect(await failure(ask("call", ["metrics", "cuont"]))).toMatchObject({
        code: "SERVICE_NOT_FOUND",
        message: 'Service "metrics" has no method "cuont"; did you mean "count"?',
      });
      expect([await ask("find", "metrcis"), await ask("find", "metrics")]).toEqual([false, true]);
    },
  },
  {
    title: "takes and gives a megabyte and no more",
    run: async ({ ask }) => {
      const text = "x".repeat(1_000_000);
      expect(await ask("call", ["metrics", "size", text])).toBe(1_000_000);
      expect(await ask("call", ["metrics", "text", 1_000_000])).toHaveLength(1_000_000);
      expect(await failure(ask("call", ["metrics", "text", 1_100_000]))).toMatchObject({ code: "LIMIT_EXCEEDED" });
    },
  },
  {
    title: "answers sixty-four calls at a time, each with its own value",
    run: async ({ ask }) => expect(await ask("many", 64)).toEqual(Array.from({ length: 64 }, (_, at) => at)),
  },
  {
    title: "that calls back in a circle is stopped after sixteen calls, and the chain is named",
    run: async ({ ask }) => {
      const error = await failure(ask("again"));
      expect(error.code).toBe("CALL_TOO_DEEP");
      expect(error.message).toContain("(app/suite → report.again → metrics.again → report.again → ");
      const { chain } = error.details as { chain: string[] };
      expect(chain).toHaveLength(18);
    },
  },
  {
    title: "of scope plugin has an instance for each caller, which ends with the caller [OPS-18]",
    run: async ({ host, ask }) => {
      const count = (): Promise<unknown> => ask("call", ["own-metrics", "count", { name: "a" }]);
      expect([await count(), await count()]).toEqual([1, 2]);
      const input = { name: "a" };
      expect(await host.services.call({ service: "own-metrics", method: "count", input, caller: "app/suite" })).toBe(1);
      expect(await ask("call", ["own-metrics", "instance"])).toBe("service/own-metrics for plugin/reporter");
      expect(await ask("call", ["metrics", "instance"])).toBe("service/metrics");
      await host.plugins.get("reporter").deactivate();
      expect(await count()).toBe(1);
    },
  },
  {
    title: "is there again when its provider was stopped, for those who kept a reference",
    run: async ({ host, ask }) => {
      await ask("count", "c");
      expect(await ask("count", "c")).toBe(2);
      await host.plugins.get("metrics-plugin").deactivate();
      expect([await ask("count", "c"), await ask("call", ["own-metrics", "count", { name: "a" }])]).toEqual([1, 1]);
    },
  },
  {
    title: "goes on when its provider is replaced while it is called",
    run: async ({ host, ask }) => {
      const provider = host.plugins.get("metrics-plugin");
      const before = provider.serving!;
      await ask("count", "d");
      const next = await provider.stage(provider.code, async () => undefined, AbortSignal.timeout(20_000));
      const calls = Array.from({ length: 20 }, () => ask("count", "d"));
      expect(provider.replace(before, provider.code, next)).toBe(true);
      before.retire();
      next.serve();
      const later = Array.from({ length: 20 }, () => ask("count", "d"));
      await Promise.all([...calls, ...later]);
      expect(await before.end(true)).toEqual([]);
      // Another generation, which was handed nothing, has counted what came to it.
      const counted = (await ask("count", "d")) as number;
      expect(counted).toBeGreaterThan(20);
      expect(counted).toBeLessThan(42);
      expect(await ask("call", ["own-metrics", "count", { name: "a" }])).toBe(1);
    },
  },
];
