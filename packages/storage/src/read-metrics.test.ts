import type { LogEntry } from "@berth/contract";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { readMetrics } from "./read-metrics.ts";
import { metricsLine } from "./run-metrics.ts";

const DAY = Date.UTC(2026, 10, 21);
const HOUR_MS = 3_600_000;

function lineAt(startedAt: number, job: string): string {
  const rest = {
    type: "weather",
    durationMs: 5,
    outcome: "success",
    dataPoints: 1,
    attempts: 1,
    trigger: "cron",
  } as const;
  return metricsLine({ ...rest, job, startedAt, completedAt: startedAt + 5 });
}

async function idsIn(folder: string, more: Partial<Parameters<typeof readMetrics>[0]> = {}): Promise<string[]> {
  return (await Array.fromAsync(readMetrics({ folder, ...more }))).map((metrics) => metrics.source_id);
}

describe("readMetrics", () => {
  test("gives the runs of all days in order, from a time on [SIG-113]", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "metrics-2026-11-22.jsonl"), lineAt(DAY + 25 * HOUR_MS, "c"));
    writeFileSync(join(folder.path, "metrics-2026-11-21.jsonl"), lineAt(DAY, "a") + lineAt(DAY + HOUR_MS, "b"));
    expect(await idsIn(folder.path)).toEqual(["a", "b", "c"]);
    expect(await idsIn(folder.path, { since: DAY + HOUR_MS })).toEqual(["b", "c"]);
    expect(await idsIn(folder.path, { since: DAY + 48 * HOUR_MS })).toEqual([]);
  });

  test("gives nothing of a folder that is not there", async () => {
    using folder = temporaryFolder();
    expect(await idsIn(join(folder.path, "none"))).toEqual([]);
  });

  test("leaves out what is no metrics line and says how much", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "metrics-2026-11-21.jsonl");
    const good = lineAt(DAY, "good");
    const wrong = [
      "not json\n",
      '{"source_id":5}\n',
      "null\n",
      "[1]\n",
      good.replace('"success","attempts"', '"fine","attempts"'),
    ];
    writeFileSync(
      file,
      [...wrong, "\n", good, good.replace("2026-11-21T00", "someday"), '{"source_id":"half'].join(""),
    );
    const logged: LogEntry[] = [];
    expect(await idsIn(folder.path, { log: (entry) => logged.push(entry) })).toEqual(["good"]);
    expect(logged).toEqual([{ level: "warn", message: `Left out 7 unreadable lines of ${file}` }]);
  });

  test("finds the whole line that another process appended behind a torn one", async () => {
    using folder = temporaryFolder();
    const torn = lineAt(DAY, "torn").slice(0, 40);
    writeFileSync(join(folder.path, "metrics-2026-11-21.jsonl"), torn + lineAt(DAY, 'whole {"source_id":'));
    expect(await idsIn(folder.path)).toEqual(['whole {"source_id":']);
  });

  test("leaves out a line longer than the bound", async () => {
    using folder = temporaryFolder();
    const long = lineAt(DAY, "x".repeat(300_000));
    writeFileSync(join(folder.path, "metrics-2026-11-21.jsonl"), lineAt(DAY, "a") + long + lineAt(DAY, "b") + long);
    expect(await idsIn(folder.path)).toEqual(["a", "b"]);
    expect(await idsIn(folder.path, { maxLineBytes: 400_000 })).toHaveLength(4);
  });

  test("ends when its signal aborts", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "metrics-2026-11-21.jsonl"), lineAt(DAY, "a"));
    const reason = new Error("enough");
    await expect(idsIn(folder.path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test("names a file that cannot be read", async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "metrics-2026-11-21.jsonl"));
    await expect(idsIn(folder.path)).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringMatching(/^Cannot read metrics: /) as string,
    });
  });
});
