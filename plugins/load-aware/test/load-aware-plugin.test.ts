import { join } from "node:path";
import { createTestHost } from "@berth/testing";
import { expect, test } from "vitest";

test("The plugin load-aware goes by the real figures of this machine [RPT-103]", async () => {
  await using host = await createTestHost({ plugins: [join(import.meta.dirname, "..")] });
  const instance = host.instance({
    contribution: "scheduler/load-aware",
    instanceId: "load",
    config: { base_interval: "1s" },
  });
  const { signal } = new AbortController();
  const call = { signal, deadline: Infinity, attempt: 1, caller: "app/test", permissions: [], correlationId: "c" };
  const next = instance.method("next");
  expect(await next([undefined], call)).toEqual({ delayMs: 0 });
  // Some work, so that a moment has passed for every processor.
  for (const endMs = performance.now() + 50; performance.now() < endMs;) Math.sqrt(endMs);
  const last = { count: 1, success: true, durationMs: 50, startedAt: 0 };
  const { delayMs, note } = (await next([last], call)) as { delayMs: number; note: string };
  expect(delayMs).toBeGreaterThanOrEqual(100);
  expect(delayMs).toBeLessThanOrEqual(10_000);
  expect(note).toMatch(/^every \d+ ms; processor \d+ %, memory \d+ %/);
});
