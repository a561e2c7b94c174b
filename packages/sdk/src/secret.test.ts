import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret } from "./secret.ts";

describe("Secret", () => {
  test("shows itself in no way but reveal()", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 9, unit: "grapheme-ascii" }), (value) => {
        const secret = new Secret(value);
        const shown = [
          [secret].join(),
          String(secret),
          JSON.stringify({ secret }),
          inspect({ deep: [secret] }, { depth: 9, showHidden: true }),
          Object.keys(secret).join(),
          JSON.stringify(structuredClone(secret)),
        ];
        for (const text of shown) expect(text.includes(value)).toBe('[secret]{}"deep:'.includes(value));
        expect(secret.reveal()).toBe(value);
      }),
    );
  });

  test("is masked, not missing", () => {
    expect(JSON.stringify({ key: new Secret("k3y") })).toBe('{"key":"[secret]"}');
    expect(inspect(new Secret("k3y"))).toBe("[secret]");
  });
});
