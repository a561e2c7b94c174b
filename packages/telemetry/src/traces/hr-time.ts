import type { HrTime } from "@opentelemetry/api";

/** Milliseconds, with what is left of them to the microsecond. */
export function hrTimeToMs([seconds, nanoseconds]: HrTime): number {
  return Math.round(seconds * 1_000_000 + nanoseconds / 1_000) / 1_000;
}

/** Whole microseconds. */
export function hrTimeToUs([seconds, nanoseconds]: HrTime): number {
  return seconds * 1_000_000 + Math.round(nanoseconds / 1_000);
}

/** ISO 8601. */
export function hrTimeToIso(time: HrTime): string {
  return new Date(hrTimeToMs(time)).toISOString();
}
