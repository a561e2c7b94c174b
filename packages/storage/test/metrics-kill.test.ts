import { randomFrom, systemClock } from "@berth/base";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openMetricsLog, readMetrics } from "../src/index.ts";
import { parseMetricsLine } from "../src/run-metrics.ts";
import { runOf } from "./kill-content.ts";
import { bundleScript, liveAndDie } from "./killed-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ROUNDS = 30;
const WRITERS = ["left", "right"];
const WRITING_MS = 25;

describe("metrics log under kill -9", () => {
  test("loses no acknowledged line and has at most one torn line a kill, over 60 kills of two writers [SIG-103] [SIG-113]", async () => {
    using folder = temporaryFolder();
    const metricsFolder = join(folder.path, "metrics");
    const script = await bundleScript("metrics-writer", folder.path);
    const random = randomFrom(5);
    const acknowledged = new Map(WRITERS.map((job) => [job, [] as [first: number, last: number][]]));
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(WRITERS.map((job) => oneLife(job, round * 1_000_000 + 1)));
    }
    await expectAllThere();

    async function oneLife(job: string, first: number): Promise<void> {
      const killTime = { from: "first line", afterMs: random() * WRITING_MS } as const;
      const life = await liveAndDie(script, [metricsFolder, job, String(first)], killTime);
      expect(life).toMatchObject({ signal: "SIGKILL", errors: "" });
      acknowledged.get(job)!.push([first, Number(life.lastLine)]);
    }

    async function expectAllThere(): Promise<void> {
      openMetricsLog({ folder: metricsFolder, clock: systemClock })[Symbol.dispose]();
      const texts = readdirSync(metricsFolder).map((name) => readFileSync(join(metricsFolder, name), "utf8"));
      for (const text of texts) expect(text.endsWith("\n")).toBe(true);
      const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line !== "");
      const torn = lines.filter((line) => parseMetricsLine(line) === undefined).length;
      const found = new Map(WRITERS.map((job) => [job, new Set<number>()]));
      for await (const metrics of readMetrics({ folder: metricsFolder })) {
        expect(metrics).toMatchObject({ error: runOf(metrics.data_points).error, attempts: 1 });
        found.get(metrics.source_id)!.add(metrics.data_points);
      }
      let count = 0;
      for (const job of WRITERS) {
        for (const [first, last] of acknowledged.get(job)!) {
          for (let number = first; number <= last; number++, count++) expect(found.get(job)!.has(number)).toBe(true);
        }
      }
      console.log(
        `${ROUNDS * WRITERS.length} kills of metrics writers: ${count} lines acknowledged and found, ${torn} torn`,
      );
      expect(torn).toBeLessThanOrEqual(ROUNDS * WRITERS.length);
      expect(count).toBeGreaterThan(ROUNDS);
    }
  });
});
