import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AlertWatch } from "./alert-watch.ts";

const figures = fc.array(
  fc.record({
    figure: fc.option(fc.integer({ min: 0, max: 10 }), { nil: null }),
    afterMs: fc.integer({ min: 1, max: 10 }),
  }),
  { maxLength: 100 },
);

describe("AlertWatch", () => {
  test("changes only when all figures for the whole time say so, and then at once [BWK-14]", () => {
    fc.assert(
      fc.property(figures, fc.integer({ min: 0, max: 30 }), (given, forMs) => {
        const [above, clearAt] = [6, 3];
        const watch = new AlertWatch({ above, clearAt, forMs });
        const seen: { figure: number | null; at: number }[] = [];
        let at = 0;
        let changedAt = -1;
        for (const { figure, afterMs } of given) {
          at += afterMs;
          seen.push({ figure, at });
          const wasRaised = watch.isRaised;
          const change = watch.add(figure, at);
          const saysOtherwise = (value: number | null): boolean =>
            wasRaised ? value === null || value <= clearAt : value !== null && value > above;
          // By definition: going back from here, how long it has been otherwise without a break, since the last change.
          const index = seen.findLastIndex((each) => each.at <= changedAt || !saysOtherwise(each.figure));
          const first = seen[index + 1];
          const isDue = first !== undefined && at - first.at >= forMs;
          expect(change).toBe(isDue ? (wasRaised ? "cleared" : "raised") : undefined);
          if (change) changedAt = at;
        }
      }),
    );
  });
});
