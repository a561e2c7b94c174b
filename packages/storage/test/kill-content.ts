import type { Run } from "../src/index.ts";

/** What the writer writes for a number, so that the checker knows it whole from half. */
export interface Payload {
  [key: string]: string | number;
  number: number;
  /** The number, repeated: between nothing and some pages. */
  text: string;
}

export function payloadOf(number: number): Payload {
  return { number, text: textOf(number) };
}

/** Between 0 and 12,000 characters: some fit a page, some take several. */
export function textOf(number: number): string {
  return `${number} `.repeat(((number * 7_919) % 12_000) / `${number} `.length);
}

export function runOf(number: number): Run {
  return {
    job: "chain",
    type: "source/chain",
    startedAt: number,
    completedAt: number + 1,
    durationMs: number / 2,
    outcome: "failed",
    error: textOf(number).slice(0, 3_000),
    errorCode: "PLUGIN_FAILED",
    dataPoints: number,
    attempts: 1,
    trigger: "cron",
    slot: number,
  };
}

// Few keys, so that most writes replace something.
export const cacheKey = (number: number): string => `cache-${number % 23}`;
export const breakerKey = (number: number): string => `breaker-${number % 7}`;
export const storeKey = (number: number): string => `store-${number % 41}`;
