import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { Secret } from "../secret.ts";
import type { Fields, FieldValues } from "./field.ts";
import { fields } from "./fields.ts";

const check = (definition: Fields, value: unknown): unknown => fields(definition)["~standard"].validate(value);
const value = (definition: Fields, given: unknown): unknown => (check(definition, given) as { value?: unknown }).value;
const problems = (definition: Fields, given: unknown): string[] =>
  ((check(definition, given) as { issues?: { path?: unknown[]; message: string }[] }).issues ?? []).map(
    ({ path = [], message }) => `${path.join(".")}: ${message}`,
  );

describe("fields", () => {
  test("takes text, numbers, switches, durations and lists [RPT-79]", () => {
    const definition = {
      city: { type: "string", required: true },
      share: { type: "number" },
      count: { type: "int" },
      loud: { type: "bool" },
      every: { type: "duration" },
      tags: { type: "strings" },
    } as const;
    const given = { city: "Oslo", share: 0.5, count: 3, loud: false, every: "1h30m", tags: ["a"] };
    expect(value(definition, given)).toEqual({ ...given, every: 5_400_000 });
  });

  test("fills in defaults, checked like given values, and leaves out what is not set [RPT-79]", () => {
    const definition = {
      units: { type: "string", default: "metric" },
      every: { type: "duration", default: "30s" },
      note: { type: "string" },
    } as const;
    expect(value(definition, {})).toEqual({ units: "metric", every: 30_000 });
    expect(value(definition, { units: null, note: undefined })).toEqual({ units: "metric", every: 30_000 });
  });

  test("asks for what is required, in the field's own words [RPT-79]", () => {
    expect(problems({ city: { type: "string", required: true, description: "The city to show" } }, {})).toEqual([
      "city: is required: The city to show",
    ]);
    expect(problems({ city: { type: "string", required: true } }, { city: "" })).toEqual(["city: must not be empty"]);
    expect(problems({ city: { type: "string", required: true, default: "Oslo" } }, {})).toEqual([]);
  });

  test.each<[string, Fields[string], unknown, string]>([
    ["text for a number", { type: "number" }, "5", 'must be a number, found "5"'],
    ["a fraction", { type: "int" }, 1.5, "must be a whole number, found 1.5"],
    ["no finite number", { type: "number" }, Infinity, "must be a number, found null"],
    ["less than the least", { type: "int", min: 1 }, 0, "must be at least 1, found 0"],
    ["more than the most", { type: "number", max: 1 }, 1.1, "must be at most 1, found 1.1"],
    ["another choice", { type: "int", oneOf: [1, 2] }, 3, "must be one of 1, 2, found 3"],
    ["a number for text", { type: "string" }, 5, "must be text, found 5"],
    ["a list for text", { type: "string" }, [], "must be text, found a list"],
    ["a map for text", { type: "string" }, {}, "must be text, found a map"],
    ["a short text", { type: "string", minLength: 3 }, "ab", "must have at least 3 characters"],
    ["a long text", { type: "string", maxLength: 3 }, "abcd", "must have at most 3 characters"],
    ["a text beyond all bounds", { type: "string" }, "x".repeat(10_001), "must have at most 10000 characters"],
    ["a word not offered", { type: "string", oneOf: ["a", "b"] }, "c", 'must be one of a, b, found "c"'],
    ["a text of another form", { type: "string", pattern: /[a-z]+/ }, "abc1", 'must match [a-z]+, found "abc1"'],
    ["text for a switch", { type: "bool" }, "yes", 'must be true or false, found "yes"'],
    ["a number for a duration", { type: "duration" }, 30, "must be a duration such as 30s or 1h30m, found 30"],
    ["a short duration", { type: "duration", min: "1s" }, "500ms", "must be at least 1s"],
    ["a long duration", { type: "duration", max: "1m" }, "2m", "must be at most 1m"],
    ["text for a list", { type: "strings" }, "a", 'must be a list of texts, found "a"'],
    ["a number in a list", { type: "strings" }, ["a", 1], "must be a list of texts, found a list"],
    ["a long list", { type: "strings", maxItems: 1 }, ["a", "b"], "must have at most 1 entries, found 2"],
    ["a strange entry", { type: "strings", oneOf: ["a"] }, ["a", "b"], 'must hold only a, found "b"'],
  ])("refuses %s [RPT-80]", (_what, field, given, message) => {
    expect(problems({ field }, { field: given })).toEqual([`field: ${message}`]);
  });

  test("a pattern must fit as a whole, whatever flags it has [RPT-80]", () => {
    const definition = { id: { type: "string", pattern: /a|b/g } } as const;
    expect([value(definition, { id: "a" }), value(definition, { id: "a" })]).toEqual([{ id: "a" }, { id: "a" }]);
    expect(problems(definition, { id: "ab" })).toHaveLength(1);
  });

  test("accepts exactly the numbers between min and max [RPT-80]", () => {
    const bounds = fc.tuple(fc.integer(), fc.integer()).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
    fc.assert(
      fc.property(bounds, fc.integer(), (range, given) => {
        const accepted = problems({ n: { type: "int", ...range } }, { n: given }).length === 0;
        expect(accepted).toBe(given >= range.min && given <= range.max);
      }),
    );
  });

  test("names unknown fields, the one that was meant or those there are", () => {
    const definition = { city: { type: "string" }, units: { type: "string" } } as const;
    expect(problems(definition, { citi: "x" })).toEqual(["citi: is not a known field; did you mean city?"]);
    expect(problems(definition, { whatever: 1 })).toEqual(["whatever: is not a known field; allowed: city, units"]);
    expect(problems({}, { x: 1 })).toEqual(["x: is not a known field; there are none"]);
  });

  test("reports all problems at once", () => {
    const definition = { a: { type: "int" }, b: { type: "bool" } } as const;
    expect(problems(definition, { a: "x", b: 1, c: 2 })).toHaveLength(3);
  });

  test.each([null, undefined, 5, "text", [1]])("refuses %j in place of a map", (given) => {
    expect(problems({}, given)).toEqual([": must be a map of fields"]);
  });

  test("is not fooled by names every object has", () => {
    const definition: Fields = Object.fromEntries([["constructor", { type: "string" }]]);
    expect(value(definition, JSON.parse('{"constructor": "x"}'))).toEqual({ constructor: "x" });
    expect(value(Object.fromEntries([["toString", { type: "string" }]]), {})).toEqual({});
    expect(problems({ a: { type: "int" } }, JSON.parse('{"__proto__": 1}'))).toHaveLength(1);
  });

  test("never throws, whatever it is given", () => {
    const schema = fields({
      a: { type: "string" },
      b: { type: "int" },
      c: { type: "strings" },
      d: { type: "duration" },
    });
    fc.assert(
      fc.property(fc.anything(), (given) => {
        const result = schema["~standard"].validate(given) as object;
        expect("value" in result || "issues" in result).toBe(true);
      }),
    );
  });

  test("a checked configuration passes again unchanged, durations apart", () => {
    const schema = fields({
      city: { type: "string", default: "Oslo" },
      n: { type: "int", min: 0 },
      tags: { type: "strings" },
    });
    const config = fc.record(
      { city: fc.string(), n: fc.nat(), tags: fc.array(fc.string(), { maxLength: 5 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(config, (given) => {
        const once = schema["~standard"].validate(given) as { value: unknown };
        expect(schema["~standard"].validate(once.value)).toEqual(once);
      }),
    );
  });

  test("does not hand the operator's own list to the plugin", () => {
    const tags = ["a"];
    const result = value({ tags: { type: "strings" } }, { tags }) as { tags: string[] };
    expect(result.tags).not.toBe(tags);
  });
});

describe("fields with a secret", () => {
  const definition = { key: { type: "string", secret: true, minLength: 4, oneOf: ["right", "other"] } } as const;

  test("hand it over covered", () => {
    const result = value(definition, { key: "right" }) as { key: Secret };
    expect(result.key).toBeInstanceOf(Secret);
    expect([String(result.key), result.key.reveal()]).toEqual(["[secret]", "right"]);
  });

  test.each(["no", "hunter2hunter2", { key: "hunter2" }, ["hunter2"], 42_424_242])(
    "never say %j in a problem",
    (given) => {
      const text = problems(definition, { key: given }).join();
      expect(text).not.toBe("");
      for (const part of ["hunter2", "42424242", '"no"']) expect(text).not.toContain(part);
    },
  );

  test("take one that is covered already", () => {
    const key = new Secret("right");
    expect(value(definition, { key })).toEqual({ key });
  });
});

describe("fields as JSON Schema", () => {
  test("say what an editor needs, defaults as the operator writes them [RPT-79]", () => {
    const schema = fields({
      city: { type: "string", required: true, description: "The city", pattern: /[a-z]+/ },
      units: { type: "string", oneOf: ["a", "b"], default: "a" },
      key: { type: "string", secret: true },
      n: { type: "int", min: 1, max: 5 },
      x: { type: "number", oneOf: [0.5, 1] },
      on: { type: "bool" },
      every: { type: "duration", default: "30s" },
      tags: { type: "strings", oneOf: ["a"], maxItems: 3 },
    });
    expect(schema["~standard"].jsonSchema?.input({ target: "draft-07" })).toEqual({
      type: "object",
      properties: {
        city: { type: "string", description: "The city", pattern: "^(?:[a-z]+)$", minLength: 1 },
        units: { type: "string", enum: ["a", "b"], default: "a" },
        key: { type: "string", writeOnly: true },
        n: { type: "integer", minimum: 1, maximum: 5 },
        x: { type: "number", enum: [0.5, 1] },
        on: { type: "boolean" },
        every: { type: "string", pattern: "^(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+$", default: "30s" },
        tags: { type: "array", items: { type: "string", enum: ["a"] }, maxItems: 3 },
      },
      required: ["city"],
      additionalProperties: false,
    });
    expect(schema["~standard"].jsonSchema?.output({ target: "draft-07" })).toEqual(
      schema["~standard"].jsonSchema?.input({ target: "draft-07" }),
    );
  });
});

describe("fields that contradict themselves", () => {
  test.each<[Fields, string]>([
    [{ n: { type: "int", min: 5, default: 1 } }, 'Cannot define field "n": its default must be at least 5, found 1'],
    [{ d: { type: "duration", default: "soon" } }, 'Cannot define field "d": its default must be a duration'],
    [{ d: { type: "duration", min: "soon" } }, 'Cannot define field "d": "soon" is no duration'],
    [{ d: { type: "duration", max: "1 m" } }, 'Cannot define field "d": "1 m" is no duration'],
  ])("%j are refused when the plugin is loaded", (definition, message) => {
    expect(() => fields(definition)).toThrow(message);
  });
});

test("the types of the values follow the fields", () => {
  type Values = FieldValues<{
    city: { type: "string"; required: true };
    units: { type: "string"; oneOf: readonly ["a", "b"]; default: "a" };
    key: { type: "string"; secret: true };
    every: { type: "duration" };
    tags: { type: "strings"; default: readonly [] };
  }>;
  expectTypeOf<Values>().toEqualTypeOf<
    { city: string; units: "a" | "b"; tags: string[] } & { key?: Secret; every?: number }
  >();
  expect(fields({})).toBeDefined();
});
