import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BenchResult } from "../frame.ts";

/** Set in the process that was started on one core. */
const MARK = "BERTH_BENCH_ONE_CORE";

export function isOnOneCore(): boolean {
  return process.env[MARK] !== undefined;
}

/** Runs `file`, a benchmark, once more in a process that is held to one core; where that is not to be had, `measure` here. */
export async function runOnOneCore(file: string, measure: () => Promise<BenchResult>): Promise<BenchResult> {
  try {
    await promisify(execFile)("taskset", ["-c", "0", "true"]);
  } catch {
    return measure();
  }
  const command = ["-c", "0", process.execPath, file, "--json"];
  const options = { env: { ...process.env, [MARK]: "1" }, maxBuffer: 2 ** 24 };
  const { stdout } = await promisify(execFile)("taskset", command, options).catch(keepOutput);
  return JSON.parse(stdout) as BenchResult;
}

/** A benchmark whose target was missed ends with 1 and has written its result all the same. */
function keepOutput(error: Error & { stdout?: string }): { stdout: string } {
  if (error.stdout) return { stdout: error.stdout };
  throw error;
}
