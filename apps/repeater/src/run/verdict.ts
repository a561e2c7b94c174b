import type { ExecutorResult } from "../exec/executor.ts";

/** Patterns that decide over the exit code. */
export interface Patterns {
  success?: RegExp | undefined;
  failure?: RegExp | undefined;
}

/** Whether a run succeeded, and what said so. */
export interface Verdict {
  success: boolean;
  because: "exit-code" | "success-pattern" | "failure-pattern" | "timeout";
}

/**
 * The failure pattern is stronger than the success pattern, which is stronger than the exit code. A command that was stopped because
 * it took too long has failed, whatever it said before.
 */
export function judge(
  result: Pick<ExecutorResult, "exitCode" | "timedOut">,
  text: string,
  patterns: Patterns,
): Verdict {
  if (patterns.failure?.test(text)) return { success: false, because: "failure-pattern" };
  if (result.timedOut) return { success: false, because: "timeout" };
  if (patterns.success?.test(text)) return { success: true, because: "success-pattern" };
  return { success: result.exitCode === 0, because: "exit-code" };
}
