import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backdropStyle } from "./backdrop-style.ts";
import { gradientBackground } from "./gradient.ts";
import type { Rgb } from "./prepared-background.ts";

const whole = (colour: Rgb | undefined): number[] => (colour ?? [0, 0, 0]).map(Math.round);

/** Contrast of white on a colour, as the accessibility guidelines reckon it. */
function contrastOfWhite(colour: readonly number[]): number {
  const [red, green, blue] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

describe("gradientBackground", () => {
  test("runs from rgb(30,30,80) to rgb(130,180,255) [SIG-33]", () => {
    const { stops } = gradientBackground();
    expect([whole(stops[0]), whole(stops.at(-1))]).toEqual([
      [30, 30, 80],
      [130, 180, 255],
    ]);
  });

  test("leans to a tint, and not to a grey or a word", () => {
    const plain = gradientBackground();
    expect(gradientBackground("#34d399")).not.toEqual(plain);
    expect(gradientBackground("#888888")).toEqual(plain);
    expect(gradientBackground("green")).toEqual(plain);
  });

  test("leaves white text readable under the overlay for any tint", () => {
    const hex = fc.integer({ min: 0, max: 0xffffff }).map((colour) => `#${colour.toString(16).padStart(6, "0")}`);
    fc.assert(
      fc.property(hex, (tint) => {
        const style = backdropStyle(gradientBackground(tint)).backgroundImage;
        const colours = [...style.matchAll(/rgb\(([^)]+)\)/g)].map((match) => match[1]!.split(",").map(Number));
        expect([colours.length, colours.every((colour) => contrastOfWhite(colour) > 4)]).toEqual([9, true]);
      }),
    );
  });
});
