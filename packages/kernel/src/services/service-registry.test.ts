import { type JsonValue, ManualClock } from "@berth/base";
import { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { DeadlineWheel } from "../calls/deadline-wheel.ts";
import type { ServiceCall, ServiceMethod } from "./service-call.ts";
import { createServiceRegistry } from "./service-registry.ts";

const NOW = 1_000_000;

function openRegistry(methods: Readonly<Record<string, ServiceMethod>> = {}) {
  const owned = new DisposableStack();
  const clock = new ManualClock(NOW);
  const wheel = owned.use(new DeadlineWheel(clock));
  const registry = createServiceRegistry({ clock, wheel, permissionsOf: (caller) => [`may.${caller.length}`] });
  registry.registerService("probe", methods);
  const call = (method: string, more: Partial<ServiceCall> = {}): Promise<JsonValue> =>
    registry.call({ service: "probe", method, input: null, caller: "app/test", ...more });
  return { registry, clock, call, [Symbol.dispose]: () => owned.dispose() };
}

describe("ServiceRegistry", () => {
  test("gives a service of the host the caller, what it may, and the time that it has [OPS-18]", async () => {
    using opened = openRegistry({
      about: (input, { caller, permissions, deadline, attempt }) => ({
        input,
        caller,
        permissions: [...permissions],
        deadline,
        attempt,
      }),
    });
    const about = { input: 1, permissions: ["may.8"], caller: "app/test", attempt: 1 };
    expect(await opened.call("about", { input: 1 })).toEqual({ ...about, deadline: NOW + 60_000 });
  });

  test.each<[string, Partial<ServiceCall>, number]>([
    ["a plugin's call of its own has a minute", { caller: "plugin/a" }, 60_000],
    ["it may have less", { caller: "plugin/a", deadline: NOW + 500 }, 500],
    ["it may not take more", { caller: "plugin/a", deadline: NOW + 600_000 }, 60_000],
    ["nor by a call that nobody knows of", { caller: "plugin/a", deadline: Infinity, correlationId: "x" }, 60_000],
    ["an application decides for itself", { caller: "app/test", deadline: NOW + 600_000 }, 600_000],
  ])("%s", async (_what, more, left) => {
    using opened = openRegistry({ left: (_input, { deadline }) => deadline - NOW });
    expect(await opened.call("left", more)).toBe(left);
  });

  test("does not begin what comes too late, and gives up what takes too long", async () => {
    const reasons: unknown[] = [];
    using opened = openRegistry({
      hang: (_input, { signal }) =>
        new Promise(() => signal.addEventListener("abort", () => reasons.push((signal.reason as HostError).code))),
    });
    const late = { code: "CALL_DEADLINE_EXCEEDED" };
    await expect(opened.call("hang", { deadline: NOW - 1 })).rejects.toMatchObject(late);
    const hanging = opened.call("hang");
    await expect(Promise.all([hanging, opened.clock.advance(60_000)])).rejects.toMatchObject(late);
    const controller = new AbortController();
    const given = opened.call("hang", { signal: controller.signal });
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: "CALL_CANCELLED" });
    expect(reasons).toEqual(["CALL_DEADLINE_EXCEEDED", "CALL_CANCELLED"]);
  });

  test("tells what became of the calls, and shuts nobody out for those that failed", async () => {
    using opened = openRegistry({
      fail: () => {
        throw new HostError("CONFIG_INVALID", "no");
      },
      succeed: () => 1,
    });
    for (let call = 0; call < 20; call++) {
      await expect(opened.call("fail")).rejects.toMatchObject({ code: "CONFIG_INVALID", message: "no" });
    }
    expect(await opened.call("succeed")).toBe(1);
    expect(opened.registry.metricsOf("probe")).toMatchObject({ calls: 21, failures: 20, successes: 1, retries: 0 });
    expect(opened.registry.metricsOf("other")).toBeUndefined();
  });

  test("finds methods by their own names only", async () => {
    using opened = openRegistry({ count: () => 1 });
    for (const method of ["constructor", "__proto__", "toString", "cuont"]) {
      await expect(opened.call(method)).rejects.toMatchObject({ code: "SERVICE_NOT_FOUND" });
    }
    await expect(opened.call("cuont")).rejects.toThrow('Service "probe" has no method "cuont"; did you mean "count"?');
    await expect(opened.call("count", { service: "\u001b[2Jx" })).rejects.toThrow(
      'No service is named "\\u001b[2Jx"; there are probe',
    );
  });
});
