import { build } from "esbuild";
import { spawn } from "node:child_process";
import { join } from "node:path";

/** When a life ends: so long after it was started, or so long after its first printed line. */
export interface KillTime {
  from: "start" | "first line";
  afterMs: number;
}

/** What a killed process left. */
export interface Life {
  /** The last line it printed whole. */
  lastLine: string | undefined;
  signal: NodeJS.Signals | null;
  errors: string;
}

/** One file without types: starting it takes 30 ms instead of 110, and a life is mostly its start. */
export async function bundleScript(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  const entry = join(import.meta.dirname, `${name}.ts`);
  await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile, logLevel: "error" });
  return outfile;
}

// A script that does not die as it should must not outlive the test.
const LONGEST_LIFE_MS = 20_000;

/** Runs a script until SIGKILL: ours at `killTime`, or its own when that is left out. */
export function liveAndDie(script: string, args: readonly string[], killTime?: KillTime): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LONGEST_LIFE_MS,
      killSignal: "SIGABRT",
    });
    const kill = (afterMs: number): void => void setTimeout(() => child.kill("SIGKILL"), afterMs);
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output === "" && killTime?.from === "first line") kill(killTime.afterMs);
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    if (killTime?.from === "start") kill(killTime.afterMs);
    child.on("error", reject);
    child.on("close", (_code, signal) => {
      resolve({ lastLine: output.split("\n").slice(0, -1).at(-1), signal, errors });
    });
  });
}
