import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { ExecutorRequest } from "./executor.ts";

/** Why a command cannot be run, and the exit code by which shells say so. */
export interface CommandProblem {
  exitCode: 126 | 127;
  reason: string;
}

/** What `execvp` looks through without `PATH`. */
const DEFAULT_PATH = "/usr/local/bin:/bin:/usr/bin";

/** Looks for the program as the system will; `undefined` when it is there. */
export function commandProblem({
  command,
  env = {},
  cwd = process.cwd(),
}: ExecutorRequest): CommandProblem | undefined {
  if (command === "") return { exitCode: 127, reason: "it has no name" };
  if (command.includes("/")) {
    const path = isAbsolute(command) ? command : resolve(cwd, command);
    const found = look(path);
    if (found === "runs") return undefined;
    return found === "is there" ? notExecutable(path) : { exitCode: 127, reason: "there is no such file" };
  }
  const path = env["PATH"] ?? process.env["PATH"] ?? DEFAULT_PATH;
  let unusable: string | undefined;
  for (const folder of path.split(delimiter)) {
    const candidate = resolve(cwd, join(folder === "" ? "." : folder, command));
    const found = look(candidate);
    if (found === "runs") return undefined;
    if (found === "is there") unusable ??= candidate;
  }
  if (unusable !== undefined) return notExecutable(unusable);
  return { exitCode: 127, reason: "no folder of PATH holds a program of this name" };
}

function notExecutable(path: string): CommandProblem {
  return { exitCode: 126, reason: `${path} may not be executed; chmod +x it` };
}

function look(path: string): "runs" | "is there" | "is not there" {
  try {
    const facts = statSync(path, { throwIfNoEntry: false });
    if (!facts) return "is not there";
    if (!facts.isFile()) return "is there";
    accessSync(path, constants.X_OK);
    return "runs";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "is there" : "is not there";
  }
}
