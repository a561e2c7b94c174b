import * as fc from "fast-check";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { boundedLines } from "./bounded-lines.ts";

test("boundedLines gives the lines within the bound, wherever the chunks fall", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "lines");
  // Around the 64 KiB of a chunk, and around the bound.
  const anyLine = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll("\n", "")),
    fc.integer({ min: 65_500, max: 65_600 }).map((length) => "y".repeat(length)),
    fc.integer({ min: 69_998, max: 70_002 }).map((length) => "z".repeat(length)),
    fc.constant("q".repeat(200_000)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyLine, { maxLength: 8 }), fc.boolean(), async (lines, endsWithNewline) => {
      writeFileSync(path, lines.join("\n") + (endsWithNewline ? "\n" : ""));
      const found = await Array.fromAsync(boundedLines(path, 70_000));
      // Whether an empty text is an empty line or none is not the point here.
      const expected = lines.filter((line) => line !== "" && Buffer.byteLength(line) <= 70_000);
      expect(found.filter((line) => line !== "")).toEqual(expected);
    }),
    { numRuns: 80 },
  );
});
