import { errorMessage } from "@berth/base";
import { type ExecFileOptions, execFile } from "node:child_process";

/** What a small program did. */
export interface BriefRun {
  isDone: boolean;
  stdout: string;
  /** Why it failed: what it wrote to standard error, or why it could not be run. */
  problem: string;
}

const LONGEST_MS = 10_000;
const MOST_BYTES = 65_536;

/** Runs `file` with an empty environment and collects what it writes. Never fails: a program that cannot be run is a finding. */
export function runBriefly(
  file: string,
  argv: readonly string[],
  signal: AbortSignal,
  options: Pick<ExecFileOptions, "uid" | "gid"> = {},
): Promise<BriefRun> {
  return new Promise((resolve) => {
    execFile(
      file,
      [...argv],
      { env: {}, cwd: "/", timeout: LONGEST_MS, maxBuffer: MOST_BYTES, killSignal: "SIGKILL", signal, ...options },
      (error, stdout, stderr) => {
        resolve({
          isDone: error === null,
          stdout,
          problem: error === null ? "" : firstLine(stderr) || errorMessage(error),
        });
      },
    );
  });
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}
