import { SandboxFactory } from "@berth/runners/sandbox";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type BenchResult, type BenchRow, quantile, runAlone } from "../frame.ts";
import { oneOf, readOptions, wholeNumber } from "../read-options.ts";
import { GONE_WITHIN_MS, type TrialResult, WAYS, runTrial } from "./kill/trial.ts";

/**
 * Kills sandboxes whose programs would rather stay, many times, and looks from outside whether anything is left.
 * `node bench/src/isolation/kill.ts --trials 10000 [--level landlock]`; as an ordinary user, run it as one.
 */

/** Every so many trials the kill comes while the sandbox is being made, after up to so long. */
const EARLY_EVERY = 5;
const LATEST_EARLY_MS = 25;

/** Now and then a bare child is killed, to tell how busy the machine is with other things. */
const BARE_EVERY = 10;

/** Root gives each trial a user of its own, so two can run at a time; the looks of an ordinary user cannot tell two apart. */
const AT_A_TIME = process.getuid?.() === 0 ? 2 : 1;

export async function run(): Promise<BenchResult> {
  const asked = readOptions({ trials: wholeNumber(400), level: oneOf(["full", "landlock"]) });
  const { trials, level = "full" } = asked;
  const factory = await SandboxFactory.probe({ hide: level === "landlock" ? ["bwrap"] : [] });
  const title = `Kill a sandbox (${factory.level}, ${trials} times, ${process.getuid?.() === 0 ? "root" : "an ordinary user"})`;
  if (factory.level !== level) throw new Error(`This machine has no sandbox of the kind ${level}`);
  const bareMs: number[] = [];
  const results = await runTrials(factory, trials, bareMs);
  return { title, rows: rowsOf(results, bareMs) };
}

async function runTrials(factory: SandboxFactory, trials: number, bareMs: number[]): Promise<TrialResult[]> {
  const results: TrialResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let trial = next++; trial < trials; trial = next++) {
      if (trial % BARE_EVERY === 0) bareMs.push(await killBare());
      const earlyMs = trial % EARLY_EVERY === 0 ? (trial * 7) % LATEST_EARLY_MS : undefined;
      results.push(await runTrial(factory, `kill-${trial}`, WAYS[trial % WAYS.length]!, earlyMs));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return results;
}

/** From the kill of a child that does nothing to its end. */
async function killBare(): Promise<number> {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  await once(child, "spawn");
  const startedMs = performance.now();
  child.kill("SIGKILL");
  await once(child, "exit");
  return performance.now() - startedMs;
}

function rowsOf(results: readonly TrialResult[], bareMs: readonly number[]): BenchRow[] {
  const ms = results.map((result) => result.ms);
  const count = (of: (result: TrialResult) => boolean): number => results.filter(of).length;
  const late = count((result) => result.ms > GONE_WITHIN_MS);
  const atAnswer = count(({ leftAtAnswer }) => leftAtAnswer > 0);
  const inTime = count(({ leftInTime }) => leftInTime > 0);
  return [
    { name: "kill of a bare child, median", value: quantile(bareMs, 0.5), unit: "ms" },
    { name: "kill of a bare child, longest", value: Math.max(...bareMs), unit: "ms" },
    { name: "kill to nothing left, median", value: quantile(ms, 0.5), unit: "ms" },
    { name: "kill to nothing left, 99 of 100", value: quantile(ms, 0.99), unit: "ms" },
    { name: "kill to nothing left, longest", value: Math.max(...ms), unit: "ms" },
    // The answer may be late on a busy machine; what counts is what is left.
    { name: `answered after more than ${GONE_WITHIN_MS} ms`, value: late, unit: "trials" },
    {
      name: "something left when it was said to be gone",
      value: atAnswer,
      unit: "trials",
      target: "none",
      ok: atAnswer === 0,
    },
    {
      name: `something left after ${GONE_WITHIN_MS} ms`,
      value: inTime,
      unit: "trials",
      target: "none",
      ok: inTime === 0,
    },
  ];
}

if (import.meta.main) await runAlone(run);
