import { spawn } from "node:child_process";
import { checkEnvironment, ROOT } from "./root.ts";

// A check that takes longer hangs.
const LONGEST_MS = 18 * 60 * 1_000;

/** How a command ended. */
export interface CommandOutcome {
  isOk: boolean;
  /** Both streams, as they came. */
  output: string;
  seconds: number;
}

/** Runs a command of the repository, without input. `onOutput` hears what it prints, as it prints it. */
export function runCommand(
  [command, ...args]: readonly [string, ...string[]],
  { onOutput, env = {} }: { onOutput?: (text: string) => void; env?: Record<string, string> } = {},
): Promise<CommandOutcome> {
  const startedMs = performance.now();
  const { promise, resolve } = Promise.withResolvers<CommandOutcome>();
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...checkEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // npm's commands are scripts there.
    shell: process.platform === "win32",
    timeout: LONGEST_MS,
  });
  let output = "";
  const hear = (text: string): void => {
    output += text;
    onOutput?.(text);
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  const end = (isOk: boolean): void => resolve({ isOk, output, seconds: (performance.now() - startedMs) / 1_000 });
  child.on("error", (error) => {
    hear(`Cannot run ${command}: ${error.message}\n`);
    end(false);
  });
  child.on("close", (code, signal) => {
    if (signal) hear(`${command} was ended by ${signal}\n`);
    end(code === 0);
  });
  return promise;
}
