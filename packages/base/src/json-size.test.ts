import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonValue } from "./json.ts";
import { jsonSize } from "./json-size.ts";

test("jsonSize is never below the length of the JSON, and at most 16 times that", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const { length } = JSON.stringify(value);
      const size = jsonSize(JSON.parse(JSON.stringify(value)) as JsonValue);
      expect(size).toBeLessThanOrEqual(length * 16);
      // Escapes and long numbers make text longer than what it stands for.
      expect(size * 6 + 24).toBeGreaterThanOrEqual(length);
    }),
  );
});
