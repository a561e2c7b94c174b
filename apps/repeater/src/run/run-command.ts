import type { Clock } from "@berth/base";
import { errorMessage } from "@berth/base";
import type { Executor, ExecutorRequest } from "../exec/executor.ts";
import type { CapturedText, RunOutput } from "../streams/run-output.ts";
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
  const written = output.open();
  try {
    const result = await executor.run(request, written, signal);
    const ended = written.end();
    const text = ended instanceof Promise ? await ended : ended;
    const verdict = judge(result, text.stdout + text.stderr, patterns);
    const record: RunRecord = {
      run: number,
      startedAt,
      durationMs: result.durationMs,
      success: verdict.success,
      because: signal.aborted && !verdict.success ? "stopped" : verdict.because,
      exitCode: result.timedOut ? null : result.exitCode,
      signal: result.signal,
    };
    if (keepsText) keepText(record, text);
    const holdMs = http && httpHint(text.stdout, http, clock.now());
    if (holdMs !== undefined) record.holdMs = holdMs;
    return record;
  } catch (error) {
    await written.end();
    return {
      run: number,
      startedAt,
      durationMs: clock.monotonicMs() - startedMs,
      success: false,
      because: "not-started",
      exitCode: null,
      signal: null,
      error: startProblem(error, request),
    };
  }
}

function keepText(record: RunRecord, { stdout, stderr, isCut }: CapturedText): void {
  record.stdout = stdout;
  record.stderr = stderr;
  if (isCut) record.isCut = true;
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
