import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pictureDifference } from "@berth/signage/pictures";
import { drawPictures } from "./draw-pictures.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Another machine rounds another way here and there; a moved label alone makes more. */
const SAME = 0.3;

test("docs/pictures show what the layouts draw: run scripts/pictures/main.ts and commit the result", async () => {
  const pictures = await drawPictures(ROOT, false);
  const differences = await Promise.all(
    pictures.map(
      async ({ path, png }) => [path, await pictureDifference(png, readFileSync(join(ROOT, path)))] as const,
    ),
  );
  expect(differences.filter(([, mean]) => mean > SAME)).toEqual([]);
  expect(pictures).toHaveLength(8);
});
