import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { everyNth, LabelBoard, roundLabels } from "./label-board.ts";

describe("LabelBoard", () => {
  const style = { size: 10, color: "#fff" };

  test("leaves out a label that would touch another, takes the second place it is offered", () => {
    const board = new LabelBoard({ x: 0, y: 0, width: 200, height: 100 }, 4);
    const first = board.centred("12:00", 50, 10, style);
    expect(board.put("12:00", [first], style)).toBe(true);
    expect(board.put("12:01", [{ ...first, x: first.x + 5 }], style)).toBe(false);
    expect(board.put("12:01", [first, { ...first, y: 50 }], style)).toBe(true);
    expect(board.put("", [{ ...first, y: 80 }], style)).toBe(false);
    expect(board.nodes).toHaveLength(2);
  });

  test("pushes a label back inside at the sides, and leaves out what is above or below", () => {
    const board = new LabelBoard({ x: 0, y: 0, width: 100, height: 40 }, 0);
    const [left, right] = [board.centred("12:00", 0, 5, style), board.centred("12:00", 100, 5, style)];
    expect([left.x, right.x + right.width]).toEqual([0, 100]);
    expect(
      board.put(
        "12:00",
        [
          { ...left, y: -5 },
          { ...left, y: 35 },
        ],
        style,
      ),
    ).toBe(false);
  });
});

describe("everyNth", () => {
  test("keeps labels apart whatever their number and width", () => {
    const some = fc.integer({ min: 1, max: 2_000 });
    fc.assert(
      fc.property(some, some, some, (count, width, length) => {
        const shown = Math.ceil(count / everyNth(count, width, length));
        expect(shown * width <= length || shown === 1).toBe(true);
      }),
    );
  });
});

describe("roundLabels", () => {
  const times = (from: number, count: number, stepMinutes: number): string[] =>
    Array.from({ length: count }, (_, index) => {
      const minutes = from + index * stepMinutes;
      return `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
    });

  test.each([
    ["full hours of five-minute points", times(9 * 60 + 30, 79, 5), 7, "10:00", "11:00"],
    ["half hours where hours are too far apart", times(9 * 60 + 30, 79, 5), 4, "09:30", "10:00"],
    ["the first point of words", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"], 2, "Mon", "Wed"],
    ["the first point of hours", times(14 * 60, 25, 60), 4, "14:00", "18:00"],
  ])("labels %s", (_, labels, least, first, second) => {
    const chosen = roundLabels(labels, least);
    expect([labels[chosen.first], labels[chosen.first + chosen.step]]).toEqual([first, second]);
  });
});
