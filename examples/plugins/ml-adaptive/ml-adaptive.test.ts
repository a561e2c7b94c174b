import { execFileSync } from "node:child_process";
import { chmod, cp, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject, LastRun, NextRun } from "@berth/sdk";
import { createTestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";

const BASE_MS = 1_000;
const ROUNDS = 300;

function hasPython(): boolean {
  try {
    return execFileSync("python3", ["--version"], { encoding: "utf8" }).startsWith("Python 3");
  } catch {
    return false;
  }
}

function aCall() {
  const signal = AbortSignal.timeout(20_000);
  return { signal, deadline: Infinity, attempt: 1, caller: "test", permissions: [], correlationId: "test" };
}

/** The waits that it chose, each told how the run after it went. */
async function learn(config: JsonObject, runAfter: (waitMs: number) => Pick<LastRun, "success" | "durationMs">) {
  // Whoever it runs as in its sandbox must be able to read its code.
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-ml-adaptive-"));
  await chmod(folder.path, 0o755);
  await cp(import.meta.dirname, folder.path, { recursive: true });
  await using host = await createTestHost({ plugins: [folder.path] });
  await using schedule = host.instance({ contribution: "scheduler/ml-adaptive", instanceId: "it", config });
  const next = schedule.method("next");
  const waits: number[] = [];
  let last: LastRun | undefined;
  for (let count = 1; count <= ROUNDS; count++) {
    const { delayMs } = (await next([last], aCall())) as NextRun;
    waits.push(delayMs);
    last = { count, startedAt: 1, ...runAfter(delayMs) };
  }
  expect(host.plugins.get("ml-adaptive").manifest.runtime.type).toBe("external");
  return waits;
}

function mostOften(waits: readonly number[]): number {
  const counts = Map.groupBy(waits, (wait) => wait);
  return [...counts].toSorted(([, one], [, other]) => other.length - one.length)[0]![0];
}

const CONFIG = { base_interval: "1s", seed: 7 };

describe.skipIf(!hasPython())("scheduler/ml-adaptive, a program in Python", { tags: ["slow"] }, () => {
  test("begins at once, then learns the shortest wait after which a service does not fail [RPT-64]", async () => {
    const waits = await learn(CONFIG, (waitMs) => ({ success: waitMs >= 2 * BASE_MS, durationMs: 10 }));
    expect(waits[0]).toBe(0);
    expect(new Set(waits.slice(1))).toEqual(new Set([250, 500, 1_000, 2_000, 4_000]));
    expect(mostOften(waits.slice(ROUNDS / 2))).toBe(2_000);
  }, 60_000);

  test("runs often what is quick and works, rarely what keeps the service busy, and starts with the same seed alike [RPT-64]", async () => {
    const quick = await learn(CONFIG, () => ({ success: true, durationMs: 1 }));
    const busy = await learn(CONFIG, () => ({ success: true, durationMs: 1_000 }));
    expect([mostOften(quick.slice(ROUNDS / 2)), mostOften(busy.slice(ROUNDS / 2))]).toEqual([250, 1_000]);
    expect(await learn(CONFIG, () => ({ success: true, durationMs: 1 }))).toEqual(quick);
  }, 60_000);

  test("says what is wrong with its settings [RPT-64, RPT-79]", async () => {
    await expect(learn({}, () => ({ success: true, durationMs: 1 }))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("base_interval is required"),
    });
  }, 60_000);
});
