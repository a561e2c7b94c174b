import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineAt, tokenize } from "./tokenize.ts";

const texts = (source: string): string[] => tokenize(source).map((token) => token.text);
const kinds = (source: string): string[] => tokenize(source).map((token) => token.kind);

describe("tokenize", () => {
  test("keeps strings, templates and comments whole", () => {
    expect(texts(`a("x // y", 'it\\'s') /* import */ // end`)).toEqual([
      "a",
      "(",
      `"x // y"`,
      ",",
      `'it\\'s'`,
      ")",
      "/* import */",
      "// end",
    ]);
  });

  test("reads the expressions inside templates, nested ones too", () => {
    expect(texts("`a${ { b: `c${d}e` } }f` + g")).toEqual([
      "`a${",
      "{",
      "b",
      ":",
      "`c${",
      "d",
      "}e`",
      "}",
      "}f`",
      "+",
      "g",
    ]);
  });

  test("tells a regular expression from a division", () => {
    expect(kinds("return /['\"`]/g")).toEqual(["word", "regex"]);
    expect(kinds("a / b / c")).toEqual(["word", "punctuation", "word", "punctuation", "word"]);
    expect(kinds("f(/[/']/u, (a) / 2)").filter((kind) => kind === "regex")).toHaveLength(1);
  });

  test("refuses text whose string has no end", () => {
    expect(() => tokenize(`ok;\nconst a = "oops\n`)).toThrow("line 2: a string has no end");
    expect(() => tokenize("/* never")).toThrow("a comment has no end");
  });

  test("loses nothing but white space", () => {
    const piece = fc.constantFrom(
      "a",
      "1",
      `"s"`,
      "`t`",
      "`x${y}z`",
      "// c\n",
      "/* c */",
      "{",
      "}",
      "(",
      ")",
      ";",
      " ",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const source = pieces.join("");
        const kept = tokenize(source).map((token) => {
          expect(source.slice(token.start, token.start + token.text.length)).toBe(token.text);
          return token.text;
        });
        expect(kept.join("").replace(/\s/g, "")).toBe(source.replace(/\s/g, ""));
      }),
    );
  });
});

test("lineAt counts from one", () => {
  expect([0, 1, 2, 3].map((offset) => lineAt("a\nb\n", offset))).toEqual([1, 1, 2, 2]);
});
