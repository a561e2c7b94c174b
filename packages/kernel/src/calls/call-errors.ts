import { errorMessage, type JsonObject, neutraliseLine } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";

/** Whatever a callee threw, as an error of ours. */
export function asHostError(name: string, thrown: unknown): HostError {
  if (isHostError(thrown)) return thrown;
  return new HostError("PLUGIN_FAILED", `${name} failed: ${neutraliseLine(errorMessage(thrown))}`, { cause: thrown });
}

/** The same error, with the number of attempts in its details. */
export function withAttempts(error: HostError, attempts: number): HostError {
  const told = new HostError(error.code, error.message, {
    details: { ...factsOf(error), attempts },
    ...("cause" in error ? { cause: error.cause } : {}),
  });
  // Where it was thrown is what helps, not where it was told again.
  if (error.stack !== undefined) told.stack = error.stack;
  return told;
}

/** The details of an error as an object, whatever they are. */
export function factsOf(error: HostError): JsonObject {
  const { details } = error;
  if (typeof details === "object" && details !== null && !Array.isArray(details)) return details;
  return details === undefined ? {} : { details };
}

export function deadlineExceeded(name: string, limitMs: number): HostError {
  return new HostError("CALL_DEADLINE_EXCEEDED", `${name} did not answer within ${limitMs / 1_000} s`, {
    details: { limitMs },
  });
}

export function callersTimeOver(name: string): HostError {
  return new HostError("CALL_DEADLINE_EXCEEDED", `Did not call ${name}: the caller's own deadline has passed`);
}

export function callCancelled(name: string, reason: unknown): HostError {
  const why = reason === undefined || isAbortError(reason) ? "" : `: ${neutraliseLine(errorMessage(reason))}`;
  return new HostError("CALL_CANCELLED", `The call of ${name} was cancelled${why}`, { cause: reason });
}

export function noPlace(name: string, maxInFlight: number, why: string): HostError {
  const calls = maxInFlight === 1 ? "one call is" : `${maxInFlight} calls are`;
  return new HostError("CALL_CONCURRENCY_EXCEEDED", `Did not call ${name}: ${calls} under way, ${why}`, {
    details: { maxInFlight },
  });
}

export function tooFast(name: string, perSecond: number, waitMs: number): HostError {
  return new HostError(
    "CALL_RATE_EXCEEDED",
    `Did not call ${name}: it takes ${perSecond} calls a second, the next in ${Math.ceil(waitMs)} ms`,
    { details: { perSecond, retryAfterMs: Math.ceil(waitMs) } },
  );
}

/** The reason of `abort()` without an argument says nothing. */
function isAbortError(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "AbortError";
}
