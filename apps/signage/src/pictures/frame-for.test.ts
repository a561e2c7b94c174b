import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { frameFor } from "./frame-for.ts";

const now = Date.parse("2026-10-09T12:05:00Z");

describe("frameFor", () => {
  test("gives the sheet, its safe area of 5 % and its sentences [SIG-32]", () => {
    const request = {
      width: 3840,
      height: 2160,
      photo: true,
      now,
      observedAt: "2026-10-09T11:00:00Z",
      timeZone: "UTC",
    };
    expect(frameFor({ ...request, stale: true, photoCredit: "Photo: Ada, Unsplash" })).toEqual({
      width: 3840,
      height: 2160,
      safeX: 192,
      safeY: 108,
      unit: 2,
      photo: true,
      footer: "Updated 12:05 · data of 11:00 · Photo: Ada, Unsplash",
      stale: "Data of 11:00, 1 h old",
      locale: "en-GB",
      timeZone: "UTC",
    });
    expect(frameFor({ ...request, observedAt: undefined })).toMatchObject({ footer: "Updated 12:05", stale: "" });
  });

  test("keeps a unit a like part of any sheet", () => {
    const unit = (width: number, height: number): number => frameFor({ width, height, photo: false, now }).unit;
    expect([unit(1920, 1080), unit(1080, 1920), unit(2560, 1080)]).toEqual([1, 1, 1]);
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 8_000 }), fc.integer({ min: 100, max: 8_000 }), (width, height) => {
        const one = unit(width, height);
        return one * 1080 <= Math.min(width, height) + 1e-6 && Math.abs(unit(height, width) - one) < 1e-9;
      }),
    );
  });
});
