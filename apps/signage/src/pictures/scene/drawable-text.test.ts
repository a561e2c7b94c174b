import { describe, expect, test } from "vitest";
import { addCharacters, drawableText } from "./drawable-text.ts";

/** As if only Latin could be drawn. */
function drawn(text: string): string {
  const characters = new Set<number>();
  addCharacters(text, characters);
  return drawableText(
    text,
    new Set([...characters].filter((code) => code > 0x17f && code !== 0x2191 && code !== 0x2026)),
  );
}

describe("drawableText", () => {
  test.each([
    ["control characters", "a\u0000b\u001b[2Jc", "ab[2Jc"],
    ["reordering marks", "abc\u202edef\u2066", "abcdef"],
    ["line breaks and tabs", "a\r\n\tb", "a b"],
    ["decomposed letters", "e\u0301", "é"],
    ["emoji with joiners and skin", "Done 👩🏽‍💻 ✅ now", "Done now"],
    ["flags", "🇳🇴 Oslo", "Oslo"],
    ["signs with a plain form", "≥ 18 → ▲ 5 ℃", ">= 18 -> ↑ 5 °C"],
    ["a script without a font", "日本語 news 日本", "… news …"],
    ["a mark without a font", "a\u0f35b", "ab"],
    ["half a surrogate pair", "a\ud83db", "ab"],
  ])("makes %s drawable", (_, text, expected) => {
    expect(drawn(text)).toBe(expected);
  });

  test("leaves what the fonts have as it is", () => {
    expect(drawableText("Łódź  54 °F", new Set())).toBe("Łódź 54 °F");
  });
});
