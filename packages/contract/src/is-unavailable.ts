import type { ErrorCode } from "./error-codes.ts";
import { type HostError, isHostError } from "./host-error.ts";

/** Of those that are nobody's fault but the operator's will, or his omission. */
const NOT_THERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "DEPENDENCY_CONFLICT",
  "DEPENDENCY_MISSING",
  "GRANT_PENDING",
  "PLUGIN_DISABLED",
  "PLUGIN_LEFT_OUT",
  "PLUGIN_NOT_FOUND",
  "SERVICE_NOT_FOUND",
  "TIER_UNAVAILABLE",
]);

/** Whether an error says that whoever was called is broken or not there, and nothing of the call itself: who can do without goes on. */
export function isUnavailable(error: unknown): error is HostError {
  if (!isHostError(error) || error.code === "PERMISSION_DENIED") return false;
  return error.info.fault === "plugin" || NOT_THERE.has(error.code);
}
