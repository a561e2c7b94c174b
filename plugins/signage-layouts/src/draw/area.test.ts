import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Area, cells, columns, rows, share, type Track } from "./area.ts";

const area = { x: 10, y: 20, width: 300, height: 200 };

describe("columns and rows", () => {
  test("cut an area into fixed parts and shares of the rest", () => {
    expect(columns(area, [100, share(), share(3)], 20)).toEqual([
      { x: 10, y: 20, width: 100, height: 200 },
      { x: 130, y: 20, width: 40, height: 200 },
      { x: 190, y: 20, width: 120, height: 200 },
    ]);
    expect(rows(area, [share(), 50], 10).map(({ y, height }) => [y, height])).toEqual([
      [20, 140],
      [170, 50],
    ]);
  });

  test("never leave the area, whatever is asked of them", () => {
    const track = fc.oneof<fc.Arbitrary<Track>[]>(
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 1, max: 9 }).map(share),
    );
    const size = fc.integer({ min: 50, max: 500 });
    fc.assert(
      fc.property(fc.array(track, { minLength: 1, maxLength: 5 }), size, size, (tracks, width, height) => {
        const whole: Area = { x: 0, y: 0, width, height };
        for (const part of [...columns(whole, tracks, 10), ...rows(whole, tracks, 10)]) {
          expect(part.x + part.width).toBeLessThanOrEqual(width + 1e-6);
          expect(part.y + part.height).toBeLessThanOrEqual(height + 1e-6);
          expect(Math.min(part.width, part.height)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

describe("cells", () => {
  test("gives equal cells row by row", () => {
    expect(cells({ x: 0, y: 0, width: 100, height: 50 }, 3, 2, 0)).toEqual([
      { x: 0, y: 0, width: 50, height: 25 },
      { x: 50, y: 0, width: 50, height: 25 },
      { x: 0, y: 25, width: 50, height: 25 },
    ]);
  });
});
