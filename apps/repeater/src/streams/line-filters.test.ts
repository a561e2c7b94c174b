import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chain, type LineFilter, PrefixLines, WholeLines } from "./line-filters.ts";

function through(filter: LineFilter, pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...pieces.map((piece) => filter.push(piece)), filter.end()]);
}

/** Bytes in which ends of lines are frequent, in pieces cut anywhere. */
const pieces = fc.array(
  fc
    .array(fc.oneof(fc.constant(0x0a), fc.integer({ min: 0, max: 255 })), { maxLength: 20 })
    .map((bytes) => Uint8Array.from(bytes)),
  { maxLength: 10 },
);

describe("WholeLines", () => {
  test("changes no byte, and gives away whole lines until the end", () => {
    fc.assert(
      fc.property(pieces, (given) => {
        const filter = new WholeLines();
        for (const piece of given) {
          const out = filter.push(piece);
          if (out.length > 0) expect(out.at(-1)).toBe(0x0a);
        }
        expect(through(new WholeLines(), given)).toEqual(Buffer.concat(given));
      }),
    );
  });
});

describe("PrefixLines", () => {
  test("puts the prefix before each line wherever pieces are cut, and ends the last line", () => {
    fc.assert(
      fc.property(pieces, (given) => {
        const whole = Buffer.concat(given).toString("latin1");
        const lines = whole.split("\n");
        if (lines.at(-1) === "") lines.pop();
        const expected = lines.map((line) => `> ${line}\n`).join("");
        expect(through(new PrefixLines("> "), given).toString("latin1")).toBe(expected);
      }),
    );
  });

  test("hands a line of any length on as it comes", () => {
    const filter = new PrefixLines("> ");
    expect(Buffer.from(filter.push(Buffer.from("no end"))).toString()).toBe("> no end");
    expect(Buffer.from(filter.push(Buffer.from(" yet"))).toString()).toBe(" yet");
  });
});

describe("chain", () => {
  test("lets what one filter held back at the end go through the next", () => {
    const given = [Buffer.from("a\nb"), Buffer.from("c")];
    expect(through(chain([new WholeLines(), new PrefixLines("> ")]), given).toString()).toBe("> a\n> bc\n");
  });
});
