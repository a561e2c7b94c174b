import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { samplesOf } from "./samples.ts";

const series = (values: (number | null)[]): Parameters<typeof samplesOf>[0] => ({
  label: "",
  kind: "line",
  points: values.map((value, index) => ({ at: String(index), value })),
});

describe("samplesOf", () => {
  test("keeps few points as they are, with their gaps", () => {
    expect(samplesOf(series([1, null, 3])).map(({ value }) => value)).toEqual([1, null, 3]);
  });

  test("thins many points out, and keeps order, highest and lowest", () => {
    const values = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 401, maxLength: 2_000 });
    fc.assert(
      fc.property(values, (all) => {
        const samples = samplesOf(series(all));
        const kept = samples.map(({ value }) => value!);
        expect(samples.length).toBeLessThanOrEqual(402);
        expect([Math.max(...kept), Math.min(...kept)]).toEqual([Math.max(...all), Math.min(...all)]);
        const positions = samples.map(({ position }) => position);
        expect(positions).toEqual([...positions].sort((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });
});
