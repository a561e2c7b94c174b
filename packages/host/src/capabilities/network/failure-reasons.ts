import { HostError } from "@berth/contract";
import { reasonOf } from "../capability-errors.ts";

const REASONS: Record<string, string> = {
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name could not be looked up",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection broke off",
  EPIPE: "the connection broke off",
  ETIMEDOUT: "no connection came about",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
};

/** What the operating system meant by a code, as the end of a sentence; the code itself where that says it best. */
export function explainedReason(code: string): string {
  return REASONS[code] ?? code;
}

/** A connection that did not come about or broke; `details.reason` is the operating system's code, for those who go by it. */
export function connectionFailed(sentence: string, error: unknown): HostError {
  const reason = reasonOf(error);
  return new HostError("CAPABILITY_FAILED", `${sentence}: ${explainedReason(reason)}`, {
    cause: error,
    details: { reason },
  });
}
