import { isHostError } from "@berth/contract";

/** Whether the caller wanted no answer any more; one whose time was over did. */
export function isGivenUp({ aborted, reason }: AbortSignal): boolean {
  if (!aborted) return false;
  return isHostError(reason)
    ? reason.code === "CALL_CANCELLED"
    : (reason as Partial<Error> | undefined)?.name !== "TimeoutError";
}
