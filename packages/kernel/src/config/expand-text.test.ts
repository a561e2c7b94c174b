import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeReferences, EXPANSION_LIMITS, expandText } from "./expand-text.ts";

const env = { HOST: "example.org", PORT: "80", EMPTY: "", TRICK: "${HOST}", DOLLARS: "a$$b" };
const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/);

describe("expandText replaces", () => {
  test.each([
    ["a whole reference [SIG-46] [SIG-62]", "${HOST}", "example.org"],
    ["an embedded one", "http://${HOST}/", "http://example.org/"],
    ["several in one string", "${HOST}:${PORT}", "example.org:80"],
    ["an empty value by nothing", "<${EMPTY}>", "<>"],
    ["an unset one by its default", "${NONE:-x y}", "x y"],
    ["an empty one by its default, as a shell does", "${EMPTY:-x}", "x"],
    ["a set one by its value, not its default", "${HOST:-x}", "example.org"],
    ["by an empty default", "<${NONE:-}>", "<>"],
    ["references in a default", "${NONE:-${ALSO_NONE:-${HOST}}}", "example.org"],
    ["defaults with text around references", "${NONE:-http://${HOST}:${PORT}/}", "http://example.org:80/"],
    ["the escape by its characters", "$${HOST}", "${HOST}"],
    ["the escape in a default", "${NONE:-$${x}", "${x"],
    ["nothing in what a variable holds", "${TRICK}", "${HOST}"],
    ["nothing in dollars without a brace", "pa$$word $HOST 5$", "pa$$word $HOST 5$"],
    ["nothing in dollars a variable holds", "${DOLLARS}", "a$$b"],
  ])("%s", (_, input, expected) => {
    const { text, errors, unset } = expandText(input, env);
    expect({ text, errors, unset }).toEqual({ text: expected, errors: [], unset: [] });
  });
});

describe("expandText names", () => {
  test("an unset variable and leaves the string as it was written [SIG-47]", () => {
    expect(expandText("${NONE}", env)).toEqual({
      text: "${NONE}",
      variables: ["NONE"],
      whole: true,
      unset: ["NONE"],
      errors: [],
    });
  });

  test("every unset variable once, and none of a default that is not used", () => {
    expect(expandText("${B}${A}${B}${HOST:-${C}}${D:-${E}}", env).unset).toEqual(["B", "A", "E"]);
  });

  test("all variables it looked at, so that the host can hide what came from them", () => {
    expect(expandText("${HOST}-${NONE:-${PORT}}", env).variables).toEqual(["HOST", "PORT", "NONE"]);
  });

  test.each(["constructor", "__proto__", "toString"])("%s as unset: only own variables count", (inherited) => {
    expect(expandText(`\${${inherited}}`, {}).unset).toEqual([inherited]);
  });
});

describe("expandText refuses, with the piece that is wrong,", () => {
  test.each([
    ["${", "`${` is no reference"],
    ["a ${HOST", "`${HOST` is no reference"],
    ["${}", "`${}` is no reference"],
    ["${1A}", "`${1A}` is no reference"],
    ["${A B}", "`${A B}` is no reference"],
    ["${A-default}", "`${A-default}` is no reference"],
    ["${A:?must}", "`${A:?must}` is no reference"],
    ["${A:-unfinished", "`${A:-unfinished` is no reference"],
    ["${A:-${B}", "`${A:-${B}` is no reference"],
  ])("%s", (input, beginning) => {
    const { text, errors } = expandText(input, env);
    expect(text).toBe(input);
    expect(errors).toEqual([expect.stringContaining(beginning)]);
    expect(errors[0]).toContain("write ${NAME} or ${NAME:-default}");
  });

  test("defaults nested too deep, too many references, too long a result", () => {
    const nested = "${A:-".repeat(EXPANSION_LIMITS.depth + 1) + "}".repeat(EXPANSION_LIMITS.depth + 1);
    expect(expandText(nested, {}).errors).toEqual(["nests references more than 8 deep"]);
    expect(expandText("${A}".repeat(101), { A: "" }).errors).toEqual(["holds more than 100 references"]);
    expect(expandText("${A}${A}", { A: "x".repeat(40_000) }).errors).toEqual(["expands to more than 65536 characters"]);
  });
});

describe("expandText keeps the laws:", () => {
  test("text without a reference is itself", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes("${"));
        expect(expandText(text, env)).toEqual({ text, variables: [], whole: false, unset: [], errors: [] });
      }),
    );
  });

  test("what was escaped comes back", () => {
    const dollars = fc.string({ unit: fc.constantFrom("$", "{", "}", "A", ":", "-"), maxLength: 20 });
    fc.assert(
      fc.property(fc.oneof(dollars, fc.string()), (text) => {
        expect(expandText(escapeReferences(text), env)).toMatchObject({ text, errors: [], unset: [] });
      }),
    );
  });

  test("a whole reference is the variable's value, whatever that is", () => {
    fc.assert(
      fc.property(name, fc.string(), (variable, value) => {
        expect(expandText(`\${${variable}}`, { [variable]: value })).toMatchObject({ text: value, whole: true });
      }),
    );
  });

  test("pieces expand on their own: the whole is the sum of its parts", () => {
    const piece = fc.oneof(
      name.map((variable) => `\${${variable}}`),
      fc.tuple(name, fc.stringMatching(/^[a-z ]{0,5}$/)).map(([variable, text]) => `\${${variable}:-${text}}`),
      fc.stringMatching(/^[a-z }]{0,5}$/),
    );
    const variables = fc.dictionary(name, fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), variables, (pieces, environment) => {
        const whole = expandText(pieces.join(""), environment).text;
        expect(whole).toBe(pieces.map((part) => expandText(part, environment).text).join(""));
      }),
    );
  });

  test("no text breaks it; what it cannot read it leaves as it was", () => {
    const wild = fc.string({ unit: fc.constantFrom("$", "{", "}", "${", "$${", "A", ":-", "é"), maxLength: 60 });
    fc.assert(
      fc.property(wild, (text) => {
        const { errors, text: expanded } = expandText(text, { A: "1" });
        expect(errors.length === 0 || expanded === text).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
