import { mapWithWidth } from "@berth/base";
import type { HostError } from "@berth/contract";
import { asHostError } from "../calls/call-errors.ts";
import type { CallOptions } from "../calls/call.ts";
import { Declined, Unavailable } from "../calls/declined.ts";
import type { Hook, HookResult, SkippedHook } from "./hook.ts";

/** Side by side, but not a thousand calls at once. */
const WIDTH = 16;

type Answer<R> = { kind: "answer"; value: R } | { kind: "nothing" } | { kind: "failed"; error: HostError };

/** One after the other until one has an answer. An optional one that fails is passed over; a required one's error is thrown. */
export async function runFirst<I, R>(
  hooks: readonly Hook<I, R>[],
  input: I,
  options: CallOptions = {},
): Promise<HookResult<R | undefined>> {
  const skipped: SkippedHook[] = [];
  for (const hook of hooks) {
    const answer = await ask(hook, input, options);
    if (answer.kind === "answer") return { value: answer.value, skipped };
    passOver(hook, answer, skipped);
  }
  return { value: undefined, skipped };
}

/** All side by side; the answers are in the order of the hooks. Every one is asked and waited for, then the first required one's error is thrown. */
export async function runAll<I, R>(
  hooks: readonly Hook<I, R>[],
  input: I,
  options: CallOptions = {},
): Promise<HookResult<R[]>> {
  const settled = await mapWithWidth(hooks, WIDTH, (hook) => ask(hook, input, options));
  const skipped: SkippedHook[] = [];
  const value: R[] = [];
  for (const [at, outcome] of settled.entries()) {
    if (outcome.status === "rejected") throw outcome.reason;
    const answer = outcome.value;
    if (answer.kind === "answer") value.push(answer.value);
    else passOver(hooks[at]!, answer, skipped);
  }
  return { value, skipped };
}

/** One after the other, each with the same input. An optional one that fails is passed over; a required one ends it by its error. */
export async function runSeries<I, R>(
  hooks: readonly Hook<I, R>[],
  input: I,
  options: CallOptions = {},
): Promise<HookResult<R[]>> {
  const skipped: SkippedHook[] = [];
  const value: R[] = [];
  for (const hook of hooks) {
    const answer = await ask(hook, input, options);
    if (answer.kind === "answer") value.push(answer.value);
    else passOver(hook, answer, skipped);
  }
  return { value, skipped };
}

/**
 * One after the other, each with what the one before made of the value. One that declines, or is optional and fails, leaves it as it is; a
 * required one ends it by its error.
 *
 * @param inputFor what a hook is asked with, given the value so far.
 */
export async function runReduce<I, T>(
  hooks: readonly Hook<I, T>[],
  first: T,
  inputFor: (value: T) => I,
  options: CallOptions = {},
): Promise<HookResult<T>> {
  const skipped: SkippedHook[] = [];
  let value = first;
  for (const hook of hooks) {
    const answer = await ask(hook, inputFor(value), options);
    if (answer.kind === "answer") value = answer.value;
    else passOver(hook, answer, skipped);
  }
  return { value, skipped };
}

/** @throws when the caller has given up: then nobody is asked any more. */
async function ask<I, R>(hook: Hook<I, R>, input: I, options: CallOptions): Promise<Answer<R>> {
  const { signal } = options;
  signal?.throwIfAborted();
  try {
    const answer = await hook.call(input, hook.isRequired ? options : { ...options, optional: true });
    if (answer instanceof Unavailable) return { kind: "failed", error: answer.error };
    return answer instanceof Declined ? { kind: "nothing" } : { kind: "answer", value: answer };
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: "failed", error: asHostError(hook.contribution, error) };
  }
}

/** @throws the error of a required one. */
function passOver<R>(
  { plugin, contribution, isRequired }: Hook<never, R>,
  answer: Exclude<Answer<R>, { kind: "answer" }>,
  skipped: SkippedHook[],
): void {
  if (answer.kind === "nothing") return;
  if (isRequired) throw answer.error;
  skipped.push({ plugin, contribution, error: answer.error });
}
