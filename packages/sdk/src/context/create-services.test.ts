import type { Capabilities } from "@berth/contract";
import { describe, expect, expectTypeOf, test } from "vitest";
import { defineService } from "../define-contribution.ts";
import { defineServiceRef } from "../service-ref.ts";
import { createServices } from "./create-services.ts";

interface Metrics {
  count(input: { name: string; by?: number }): number;
  names(): Promise<string[]>;
  reset(input?: { name: string }): null;
}

const METRICS = defineServiceRef<Metrics>("metrics");

function openServices(answer: unknown = null, isThere = true) {
  const asked: unknown[][] = [];
  const host: Pick<Capabilities, "callService" | "hasService"> = {
    callService: async (...args) => {
      asked.push(args);
      return answer as never;
    },
    hasService: async (service) => {
      asked.push(["has", service]);
      return isThere;
    },
  };
  return { services: createServices(host), asked };
}

describe("ctx.services", () => {
  test("gives a service by reference whose methods are typed [OPS-36, BWK-85]", async () => {
    const { services, asked } = openServices(3);
    const metrics = services.get(METRICS);
    expectTypeOf(metrics.count).returns.toEqualTypeOf<Promise<number>>();
    expectTypeOf(metrics.names).returns.toEqualTypeOf<Promise<string[]>>();
    expectTypeOf(metrics.count).parameter(0).toEqualTypeOf<{ name: string; by?: number }>();
    // @ts-expect-error -- a reference keeps out what its contract does not have
    const missing: unknown = metrics.other;
    expect(missing).toBeTypeOf("function");
    const { signal } = new AbortController();
    expect(await metrics.count({ name: "a" }, { signal })).toBe(3);
    await metrics.reset(undefined, { signal });
    await metrics.names(null, { signal });
    expect(asked).toEqual([
      ["metrics", "count", { name: "a" }, signal],
      ["metrics", "reset", null, signal],
      ["metrics", "names", null, signal],
    ]);
  });

  test("asks nobody before a method is called: a client may be kept, awaited and shown", async () => {
    const { services, asked } = openServices();
    const metrics = await Promise.resolve(services.get(METRICS));
    expect([JSON.stringify(metrics), Object.keys(metrics), Object.isFrozen(metrics)]).toEqual(["{}", [], true]);
    expect(asked).toEqual([]);
  });

  test("hands on what a call belongs to, of a context as of an object", async () => {
    const { services, asked } = openServices();
    const { signal } = new AbortController();
    const call = { signal, deadline: 9, correlationId: "r", attempt: 2, caller: "app/x", permissions: [] };
    const outer = { deadline: 9, correlationId: "r" };
    await services.get(METRICS).count({ name: "a" }, call);
    await services.get("metrics").call("count", [1], call);
    await services.call("metrics", "count", null, call);
    await services.call("metrics", "count", null, { correlationId: "r", signal });
    await services.call("metrics", "count", null, signal);
    expect(asked).toEqual([
      ["metrics", "count", { name: "a" }, signal, outer],
      ["metrics", "count", [1], signal, outer],
      ["metrics", "count", null, signal, outer],
      ["metrics", "count", null, signal, { correlationId: "r" }],
      ["metrics", "count", null, signal],
    ]);
  });

  test("finds a service, or tells that nobody provides it", async () => {
    const there = openServices(5);
    expect(await (await there.services.find(METRICS))?.count({ name: "a" })).toBe(5);
    expect(await (await there.services.find("metrics"))?.call("count")).toBe(5);
    const { services, asked } = openServices(null, false);
    expect([await services.find(METRICS), await services.find("metrics")]).toEqual([undefined, undefined]);
    expect(asked).toEqual([
      ["has", "metrics"],
      ["has", "metrics"],
    ]);
  });
});

describe("defineService", () => {
  test("takes the name of a reference, and holds the methods to its contract", () => {
    const defined = defineService(METRICS, {
      scope: "plugin",
      create: () => ({
        methods: {
          count: ({ name, by = 1 }, call) => name.length + by + call.attempt,
          names: async () => ["a"],
          reset: () => null,
        },
      }),
    });
    expect(defined).toMatchObject({ kind: "service", name: "metrics", scope: "plugin" });
    defineService(METRICS, {
      // @ts-expect-error -- a method is missing
      create: () => ({ methods: { count: () => 1, reset: () => null } }),
    });
    defineService(METRICS, {
      // @ts-expect-error -- an answer is of another type
      create: () => ({ methods: { count: () => "one", names: () => [], reset: () => null } }),
    });
  });
});
