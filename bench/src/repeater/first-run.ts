import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { type BenchResult, interleaved, runAlone } from "../frame.ts";

/** Where the built command is; `npm run bench` builds it first. */
const LAUNCHER = new URL("../../../packages/cli/bin/rpr.js", import.meta.url).pathname;

const ROUNDS = 31;
const MOST_RATIO = 1.6;

/**
 * From the start of `rpr` to the first byte of the first command's output, beside a whole run of an empty module, and beside a module
 * that does nothing but start the same command. Code is compiled into Node's cache before, as it is after the first start.
 */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), "berth-bench-rpr-"));
  try {
    const empty = join(folder, "empty.mjs");
    const bare = join(folder, "bare.mjs");
    await writeFile(empty, "");
    await writeFile(bare, 'import { spawn } from "node:child_process"; spawn("echo", ["hi"], { stdio: "inherit" });');
    const repeater = [LAUNCHER, "count", "--times", "1", "--", "echo", "hi"];
    const start = (words: readonly string[], until: "exit" | "output"): Promise<number> => timeOf(words, until, folder);
    for (let warm = 0; warm < 3; warm++) await start(repeater, "exit");
    const times = await interleaved(ROUNDS, {
      empty: () => start([empty], "exit"),
      bare: () => start([bare], "output"),
      rpr: () => start(repeater, "output"),
      end: () => start(repeater, "exit"),
    });
    return {
      title: `Start of rpr to its first run, milliseconds, medians of ${ROUNDS}`,
      rows: [
        { name: "an empty module, whole (limit)", value: times.empty, unit: "ms" },
        {
          name: "a module that only starts the command",
          value: times.bare,
          unit: "ms",
          ratio: times.bare / times.empty,
        },
        {
          name: "rpr, to the output of the first run",
          value: times.rpr,
          unit: "ms",
          ratio: times.rpr / times.empty,
          target: `<= ${MOST_RATIO} x the empty module`,
          ok: times.rpr <= MOST_RATIO * times.empty,
        },
        { name: "rpr, to its end after one run", value: times.end, unit: "ms", ratio: times.end / times.empty },
      ],
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function timeOf(words: readonly string[], until: "exit" | "output", home: string): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, words, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], HOME: home },
  });
  const closed = once(child, "close");
  if (until === "output") await once(child.stdout, "data");
  else await closed;
  const tookMs = performance.now() - startedMs;
  await closed;
  return tookMs;
}

if (import.meta.main) await runAlone(run);
