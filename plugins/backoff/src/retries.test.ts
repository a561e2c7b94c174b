import { describe, expect, test } from "vitest";
import { Retries } from "./retries.ts";
import { exponential } from "./waits.ts";

const run = (success: boolean) => ({ count: 1, success, durationMs: 5, startedAt: 0 });

describe("Retries", () => {
  test("begins at once, waits longer each time up to the limit, and ends after the last attempt", () => {
    const retries = new Retries({ waits: exponential(100, 2), maxDelayMs: 250, attempts: 5 });
    const delays = [undefined, run(false), run(false), run(false), run(false), run(false)].map(
      (last) => retries.next(last)?.delayMs,
    );
    expect(delays).toEqual([0, 100, 200, 250, 250, undefined]);
  });

  test("ends with success, and says so before", () => {
    const retries = new Retries({ waits: exponential(100, 2), maxDelayMs: 250, attempts: 5 });
    expect(retries.next(undefined)).toMatchObject({ endsOnSuccess: true });
    expect(retries.next(run(true))).toBeUndefined();
  });

  test("goes on for as long as it takes without a number of attempts", () => {
    const retries = new Retries({ waits: exponential(100, 2), maxDelayMs: 250, attempts: 0 });
    retries.next(undefined);
    for (let n = 0; n < 10_000; n++) expect(retries.next(run(false))?.delayMs).toBeLessThanOrEqual(250);
  });
});
