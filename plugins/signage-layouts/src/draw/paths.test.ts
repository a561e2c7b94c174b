import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arcPath, barPath, smoothPath } from "./paths.ts";

const numbers = (path: string): number[] => (path.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);

describe("smoothPath", () => {
  test("joins one and two points without a curve", () => {
    expect(smoothPath([])).toBe("");
    expect(smoothPath([{ x: 1, y: 2 }])).toBe("M1 2");
    expect(
      smoothPath([
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ]),
    ).toBe("M1 2L3 4");
  });

  test("never swings beyond its points", () => {
    const heights = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 3, maxLength: 30 });
    fc.assert(
      fc.property(heights, (ys) => {
        const path = smoothPath(ys.map((y, index) => ({ x: index * 10, y })));
        const drawn = numbers(path).filter((_, index) => index % 2 === 1);
        // A Bézier curve stays between its control points.
        expect(Math.min(...drawn)).toBeGreaterThanOrEqual(Math.min(...ys) - 0.01);
        expect(Math.max(...drawn)).toBeLessThanOrEqual(Math.max(...ys) + 0.01);
      }),
    );
  });
});

describe("arcPath", () => {
  test("goes the long way round past the half, and all the way at one", () => {
    expect(arcPath({ x: 50, y: 50 }, 40, 0.25)).toBe("M50 10A40 40 0 0 1 90 50");
    expect(arcPath({ x: 50, y: 50 }, 40, 0.75)).toBe("M50 10A40 40 0 1 1 10 50");
    expect(arcPath({ x: 50, y: 50 }, 40, 1)).toBe("M10 50a40 40 0 1 0 80 0a40 40 0 1 0 -80 0Z");
  });
});

describe("barPath", () => {
  test("rounds the head, and the foot when asked to, and never more than the bar has", () => {
    expect(barPath(0, 0, 10, 20, 4)).toBe("M0 4Q0 0 4 0L6 0Q10 0 10 4L10 20L0 20Z");
    expect(barPath(0, 0, 10, 2, 40)).toBe("M0 2Q0 0 2 0L8 0Q10 0 10 2L10 2L0 2Z");
    expect(barPath(0, 0, 10, 20, 4, true)).toContain("Q10 20 6 20L4 20Q0 20 0 16Z");
  });
});
