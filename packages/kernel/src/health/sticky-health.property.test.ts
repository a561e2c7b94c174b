import type { Health } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StickyHealth } from "./sticky-health.ts";

const BADNESS = { unknown: 0, healthy: 0, degraded: 1, unhealthy: 2 } as const;
const answer = fc.constantFrom<Health>("healthy", "degraded", "unhealthy", "unknown");
const times = fc.integer({ min: 1, max: 4 });

describe("StickyHealth", () => {
  test("changes only by enough answers in a row that all say worse, or all better [BWK-4] [FLX-20]", () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 60 }), times, times, (answers, failures, successes) => {
        const sticky = new StickyHealth();
        const given: Health[] = [];
        for (const each of answers) {
          const before = sticky.verdict;
          const hasChanged = sticky.add(each, { failures, successes });
          if (each !== "unknown") given.push(each);
          expect(hasChanged).toBe(sticky.verdict !== before);
          if (!hasChanged) continue;
          const isWorse = BADNESS[sticky.verdict] > BADNESS[before];
          const needed = before === "unknown" && !isWorse ? 1 : isWorse ? failures : successes;
          const last = given.slice(-needed);
          expect(last).toHaveLength(needed);
          for (const one of last) {
            if (isWorse) expect(BADNESS[one]).toBeGreaterThanOrEqual(BADNESS[sticky.verdict]);
            else expect(BADNESS[one]).toBeLessThanOrEqual(BADNESS[sticky.verdict]);
          }
        }
      }),
    );
  });

  test("follows the answers in the end, whatever it was", () => {
    fc.assert(
      fc.property(fc.array(answer), fc.constantFrom("healthy", "degraded", "unhealthy"), times, (answers, last, n) => {
        const sticky = new StickyHealth();
        for (const each of [...answers, ...Array.from({ length: 2 * n }, () => last)])
          sticky.add(each, { failures: n, successes: n });
        expect(sticky.verdict).toBe(last);
      }),
    );
  });

  test("takes the milder of several bad answers, and forgets when it is another thing", () => {
    const sticky = new StickyHealth();
    const rule = { failures: 3, successes: 2 };
    for (const each of ["unhealthy", "degraded", "unhealthy"] as const) sticky.add(each, rule);
    expect(sticky.verdict).toBe("degraded");
    sticky.forget();
    expect(sticky.verdict).toBe("unknown");
  });
});
