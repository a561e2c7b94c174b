import { describe, expect, test } from "vitest";
import { schemaFault } from "./schema-to-zod.ts";
import { checkSettings } from "./plugin-settings.ts";

const check = async (schema: object, value: object): Promise<unknown> => {
  const shape = { name: "demo", version: 1, sections: new Map(), settings: schema as never };
  const checked = await checkSettings(shape, value as never);
  return "settings" in checked
    ? checked.settings
    : checked.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
};

const BACKOFF = {
  type: "object",
  properties: {
    base_interval: { type: "string", pattern: "^\\d+s$", default: "1s" },
    attempts: { type: "integer", minimum: 1, maximum: 10, default: 3 },
    mode: { enum: ["fast", "safe"], description: "How it goes about it" },
    token: { type: "string", minLength: 8, writeOnly: true },
    hosts: { type: "array", items: { type: "string", format: "ipv4" }, maxItems: 2 },
    either: { anyOf: [{ type: "boolean" }, { type: "string" }] },
    ratio: { type: ["number", "null"], exclusiveMinimum: 0, multipleOf: 0.5 },
    tree: { $ref: "#/definitions/tree" },
    open: { type: "object", additionalProperties: { type: "integer" } },
    free: {},
  },
  required: ["mode"],
  definitions: {
    tree: { type: "object", properties: { kids: { type: "array", items: { $ref: "#/definitions/tree" } } } },
  },
};

describe("Settings are checked by the manifest's JSON Schema [BWK-16, RPT-98]", () => {
  test.each<[string, object, unknown]>([
    ["defaults are filled in", { mode: "fast" }, { mode: "fast", base_interval: "1s", attempts: 3 }],
    ["what is required and missing", {}, ["mode: is missing; must be one of fast or safe (How it goes about it)"]],
    [
      "a word that is none",
      { mode: "fats" },
      ['mode: must be one of fast or safe, found "fats"; did you mean "fast"?'],
    ],
    ["a bound", { mode: "fast", attempts: 11 }, ["attempts: must be from 1 to 10, found 11"]],
    ["a pattern", { mode: "fast", base_interval: "1" }, ['base_interval: must match /^\\d+s$/, found "1"']],
    [
      "a secret, unshown",
      { mode: "fast", token: "hunter2" },
      ["token: must have at least 8 characters, found a hidden value"],
    ],
    [
      "an unknown key",
      { mode: "fast", atempts: 1 },
      [expect.stringContaining("atempts: unknown key `atempts`; did you mean `attempts`?")],
    ],
    ["a format", { mode: "fast", hosts: ["1.2.3.4", "x"] }, ['hosts.1: must be a valid ipv4, found "x"']],
    [
      "too many",
      { mode: "fast", hosts: ["1.1.1.1", "1.1.1.1", "1.1.1.1"] },
      ["hosts: must have at most 2 entries, found a list of 3"],
    ],
    ["a choice", { mode: "fast", either: 3 }, ["either: must be true or false or text, found 3"]],
    ["several types", { mode: "fast", ratio: null }, { mode: "fast", ratio: null, base_interval: "1s", attempts: 3 }],
    ["a step", { mode: "fast", ratio: 0.7 }, ["ratio: must be a multiple of 0.5, found 0.7"]],
    [
      "a schema that refers to itself",
      { mode: "fast", tree: { kids: [{ kids: [{ kid: 1 }] }] } },
      [expect.stringContaining("did you mean `kids`?")],
    ],
    ["keys of any name", { mode: "fast", open: { a: 1, b: "x" } }, ['open.b: must be a whole number, found "x"']],
    [
      "anything",
      { mode: "fast", free: [{ a: null }] },
      { mode: "fast", free: [{ a: null }], base_interval: "1s", attempts: 3 },
    ],
  ])("%s", async (_, value, expected) => {
    expect(await check(BACKOFF, value)).toEqual(expected);
  });

  test("a pattern that never ends is ended, and lets nothing pass", async () => {
    const schema = { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } };
    expect(await check(schema, { a: `${"a".repeat(60)}!` })).toEqual([expect.stringContaining("must match /^(a+)+$/")]);
    expect(await check(schema, { a: "aaa" })).toEqual({ a: "aaa" });
  });

  test.each<[object, string]>([
    [{ allOf: [{}] }, "the keyword allOf is not understood"],
    [{ properties: { a: { not: {} } } }, "the keyword not is not understood"],
    [{ properties: { a: { type: "text" } } }, 'there is no type "text"'],
    [{ properties: { a: { type: "string", pattern: "(" } } }, "Invalid regular expression"],
    [{ properties: { a: { $ref: "https://example.org" } } }, '$ref leads nowhere: "https://example.org"'],
    [{ properties: { a: { $ref: "#/definitions/none" } } }, "$ref leads nowhere"],
    [{ properties: { a: 1 } }, "a schema must be a table"],
    [{ properties: { a: { enum: [{}] } } }, "enum and const take"],
    [{ properties: { ["__proto__"]: {} } }, "no key can be named __proto__"],
    [JSON.parse(`${'{"items":'.repeat(40)}{}${"}".repeat(40)}`) as object, "nested more than 32 deep"],
  ])("%j cannot be held to", (schema, fault) => {
    const told = "items" in schema ? { type: "object", properties: { a: { type: "array", ...schema } } } : schema;
    const deep = JSON.stringify(told).replaceAll('{"items":', '{"type":"array","items":');
    expect(schemaFault({ type: "object", ...(JSON.parse(deep) as object) })).toContain(fault);
  });
});
