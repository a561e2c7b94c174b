import type { Clock } from "@berth/base";
import { errorMessage } from "@berth/base";
import type { Executor, ExecutorRequest } from "../exec/executor.ts";
import type { RunOutput } from "../streams/run-output.ts";
import { httpHint, type HttpRules } from "./http-hint.ts";
import type { RunRecord } from "./run-record.ts";
import { judge, type Patterns } from "./verdict.ts";

/** How one run is made. */
export interface RunCommandOptions {
  clock: Clock;
  executor: Executor;
  request: ExecutorRequest;
  output: RunOutput;
  patterns: Patterns;
  http?: HttpRules | undefined;
  /** Whether the record has what the command wrote. */
  keepsText: boolean;
}

/** Runs the command once; rejects only when its output could not be handed on. */
export async function runCommand(number: number, options: RunCommandOptions, signal: AbortSignal): Promise<RunRecord> {
  const { clock, executor, request, output, patterns, http, keepsText } = options;
  const startedAt = clock.now();
  const startedMs = clock.monotonicMs();
  const { sink, end } = output.open();
  const base = { run: number, startedAt };
  try {
    const result = await executor.run(request, sink, signal);
    const text = await end();
    const { exitCode, timedOut, durationMs } = result;
    const verdict = judge(result, text.stdout + text.stderr, patterns);
    const isStopped = signal.aborted && !verdict.success;
    const holdMs = http && httpHint(text.stdout, http, clock.now());
    return {
      ...base,
      durationMs,
      success: verdict.success,
      because: isStopped ? "stopped" : verdict.because,
      exitCode: timedOut ? null : exitCode,
      signal: result.signal,
      ...(keepsText
        ? { stdout: text.stdout, stderr: text.stderr, ...(text.isCut ? { isCut: true as const } : {}) }
        : {}),
      ...(holdMs === undefined ? {} : { holdMs }),
    };
  } catch (error) {
    await end();
    const durationMs = clock.monotonicMs() - startedMs;
    const reason = startProblem(error, request);
    return { ...base, durationMs, success: false, because: "not-started", exitCode: null, signal: null, error: reason };
  }
}

function startProblem(error: unknown, { command, cwd }: ExecutorRequest): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT")
    return cwd === undefined
      ? `there is no program "${command}"`
      : `there is no program "${command}", or no folder ${cwd}`;
  if (code === "EACCES") return `"${command}" may not be run`;
  return errorMessage(error);
}
