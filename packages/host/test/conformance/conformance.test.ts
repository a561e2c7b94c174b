import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBench, type ConformanceBench } from "./bench.ts";
import { CALLS } from "./cases/calls.ts";
import { CAPABILITIES } from "./cases/capabilities.ts";
import { ERRORS } from "./cases/errors.ts";
import { EVENTS } from "./cases/events.ts";
import { KINDS } from "./cases/kinds.ts";
import { STATE } from "./cases/state.ts";
import { VALUES } from "./cases/values.ts";

/** One list for all tiers: a plugin cannot tell where it runs. */
const CASES = [...KINDS, ...VALUES, ...ERRORS, ...CALLS, ...CAPABILITIES, ...EVENTS, ...STATE];

test("the suite has at least eighty cases, each of its own name", () => {
  expect(new Set(CASES.map(({ title }) => title)).size).toBe(CASES.length);
  expect(CASES.length).toBeGreaterThanOrEqual(80);
});

describe.each(["inline", "worker", "process", "wasm"] as const)("In tier %s [RPT-44]", { tags: ["slow"] }, (tier) => {
  let bench: ConformanceBench;

  beforeAll(async () => {
    bench = await openBench(tier);
  });

  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  const held = CASES.filter(({ except }) => except?.[tier] === undefined);

  test.for(held.map((each) => [each.title, each] as const))("%s", async ([, { run }]) => {
    expect.hasAssertions();
    await run(bench);
  });

  test("is stopped and cleaned up, and leaves nothing behind", async () => {
    const plugin = bench.host.plugins.get("conformance");
    expect(await plugin.deactivate()).toEqual([]);
    expect(plugin.state).toBe("unloaded");
    expect(bench.host.storage.pluginStore("conformance", { quotaBytes: 1_000_000 }).get("stopped")).toBe(true);
  });
});
