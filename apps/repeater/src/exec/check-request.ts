import { statSync } from "node:fs";
import { resolve } from "node:path";
import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { ExecutorRequest, ExecutorResult, ExecutorSink } from "./executor.ts";
import { commandProblem } from "./find-command.ts";

/**
 * A request whose folder is absolute and there, and whose words the system can take.
 *
 * @throws HostError `EXECUTION_FAILED`
 */
export function checkRequest(request: ExecutorRequest): ExecutorRequest {
  const { command, args, env } = request;
  if (holdsZero(command) || args.some(holdsZero)) throw cannotRun(command, "a command holds no zero bytes");
  if (env) checkVariables(command, env);
  if (request.cwd === undefined) return request;
  const cwd = resolve(request.cwd);
  if (cwd.includes("\0") || !statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw cannotRun(command, `there is no folder ${neutraliseLine(cwd, 500)}`);
  }
  return { ...request, cwd };
}

function checkVariables(command: string, env: Record<string, string>): void {
  if (Object.entries(env).flat().some(holdsZero)) throw cannotRun(command, "a variable holds no zero bytes");
  const wrong = Object.keys(env).find((name) => name === "" || name.includes("="));
  if (wrong !== undefined) throw cannotRun(command, `"${neutraliseLine(wrong, 100)}" is no name of a variable`);
}

function holdsZero(word: string): boolean {
  return word.includes("\0");
}

/** What a shell does about a command it cannot run: a line on standard error, and 126 or 127. `undefined` when it can be run. */
export async function refuseUnrunnable(
  request: ExecutorRequest,
  sink: ExecutorSink,
): Promise<ExecutorResult | undefined> {
  const problem = commandProblem(request);
  if (!problem) return undefined;
  const line = `rpr: cannot run ${neutraliseLine(request.command, 500)}: ${problem.reason}\n`;
  await sink.stderr(Buffer.from(line));
  return { exitCode: problem.exitCode, signal: null, durationMs: 0, timedOut: false };
}

/** `EXECUTION_FAILED` for a command. */
export function cannotRun(command: string, reason: string, cause?: unknown): HostError {
  const message = `Cannot run ${neutraliseLine(command, 500)}: ${reason}`;
  return new HostError("EXECUTION_FAILED", message, cause === undefined ? {} : { cause });
}
