import { errorMessage } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";
import { MAX_DEPTH, MAX_VALUES } from "./message-limits.ts";
import type { ValueScan } from "./value-scan.ts";

/** Why a message of our own cannot be sent: it would be too long. */
export function tooLong(bytes: number, limit: number): HostError {
  return new HostError(
    "LIMIT_EXCEEDED",
    `Cannot send a value of about ${bytes} bytes: at most ${limit} go at once; use a stream`,
  );
}

/** ... or has too many values in it, or too deep ones, or itself. */
export function tooMuch(): HostError {
  return new HostError(
    "LIMIT_EXCEEDED",
    `Cannot send a value that is nested deeper than ${MAX_DEPTH}, holds more than ${MAX_VALUES} values, or holds itself`,
  );
}

/** ... or has something in it that is neither JSON nor bytes. */
export function unsendable(what: unknown): HostError {
  const named = typeof what === "string" ? what : errorMessage(what);
  return new HostError(
    "CONTRACT_BROKEN",
    `Cannot send a value that is neither JSON nor Uint8Array: ${named}`,
    typeof what === "string" ? {} : { cause: what },
  );
}

/** As an error of ours: what a `toJSON` threw is not. */
export function asRefusal(thrown: unknown): HostError {
  return isHostError(thrown) ? thrown : unsendable(thrown);
}

/** Why a value that was looked over cannot be sent, if so. */
export function refusal(scan: ValueScan, maxBytes: number): HostError | undefined {
  if (scan.isTooMuch) return tooMuch();
  if (scan.foreign !== undefined) return unsendable(scan.foreign);
  return scan.bytes > maxBytes ? tooLong(scan.bytes, maxBytes) : undefined;
}
