import { manifestSchema } from "@berth/contract/manifest";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expandDocument } from "../expand-document.ts";
import { readDocument } from "../read-document.ts";
import { checkHostDocument } from "./check-host-document.ts";
import { pluginShape } from "./plugin-shape.ts";
import { pluginTemplate, templateFile } from "./plugin-template.ts";
import { schemaFault } from "./schema-to-zod.ts";
import { TOML_TEMPLATE, YAML_TEMPLATE } from "./template-language.ts";

const manifestOf = (schema: object, version?: number) =>
  manifestSchema.parse({
    plugin: { name: "talker", version: "1.2.3", description: "Says things" },
    provides: { source: ["talker"] },
    permissions: { network: ["api.example.org"] },
    limits: { memory_mb: 64 },
    config: { schema: { type: "object", ...schema }, ...(version === undefined ? {} : { version }) },
  });

const SCHEMA = {
  required: ["token", "city", "mode"],
  properties: {
    token: { type: "string", minLength: 12, writeOnly: true, description: "Who asks." },
    city: { type: "string", default: "Oslo" },
    every_s: { type: "integer", minimum: 5, maximum: 60, description: "How often" },
    mode: { enum: ["fast", "safe"] },
  },
};

describe("pluginTemplate", () => {
  test("says what a plugin can be told, in YAML [BWK-19]", () => {
    const template = pluginTemplate(manifestOf(SCHEMA, 2), YAML_TEMPLATE);
    expect(templateFile([template], YAML_TEMPLATE)).toBe(`plugins:
  # talker 1.2.3: Says things
  talker:
    enabled: true
    # Where it runs: inline, worker, process or wasm.
    # isolation: "process"
    # It asks for: network ["api.example.org"]
    # grant: "asked"
    # What it may use at most; these are its own bounds.
    # limits: {"memory_mb":64}
    settings_version: 2
    settings:
      # Who asks: secret text, characters at least 12, must be set
      token: "change-me---"
      # text, default "Oslo"
      # city: "Oslo"
      # How often: whole number, at least 5, at most 60, optional
      # every_s: 5
      # one of "fast", "safe", must be set
      mode: "fast"
`);
    expect(template.unfilled).toEqual([]);
  });

  test("and in TOML, naming what nobody can make up a value for", () => {
    const schema = { required: ["plate"], properties: { plate: { type: "string", pattern: "^[A-Z]{2}-[0-9]+$" } } };
    const template = pluginTemplate(manifestOf(schema), TOML_TEMPLATE);
    expect(template.text).toContain("[plugins.talker]\nenabled = true\n");
    expect(template.text).toContain(
      "# [plugins.talker.settings]\n# text, matching ^[A-Z]{2}-[0-9]+$, must be set\n# Set it: plate\n",
    );
    expect(template.unfilled).toEqual(["plate"]);
  });

  const scalar = fc.oneof(
    fc.record({ type: fc.constant("boolean") }),
    fc
      .record({ low: fc.integer({ min: -1_000, max: 1_000 }), span: fc.nat(50), whole: fc.boolean() })
      .map(({ low, span, whole }) => ({ type: whole ? "integer" : "number", minimum: low, maximum: low + span })),
    fc
      .record({ least: fc.nat(20), more: fc.nat(20) })
      .map(({ least, more }) => ({ type: "string", minLength: least, maxLength: least + more })),
    fc.record({ enum: fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean()), { minLength: 1, maxLength: 4 }) }),
    fc.record({ type: fc.constant("string"), default: fc.string(), description: fc.string() }),
    fc.constant({ type: ["null", "integer"] }),
    fc.constant({}),
  );
  const key = fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== "__proto__");
  const { schema: anySchema } = fc.letrec<{ schema: object; node: object }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      scalar,
      fc.record({ type: fc.constant("array"), items: tie("node"), minItems: fc.nat(3) }),
      tie("schema"),
    ),
    schema: fc
      .record({ properties: fc.dictionary(key, tie("node"), { maxKeys: 5, noNullPrototype: true }), share: fc.nat(5) })
      .map(({ properties, share }) => ({
        type: "object",
        properties,
        required: Object.keys(properties).filter((_, index) => index % (share + 1) === 0),
      })),
  }));

  test.each([
    ["yaml", YAML_TEMPLATE],
    ["toml", TOML_TEMPLATE],
  ])("passes the check it is for, in %s, whatever the plugin describes", async (extension, language) => {
    await fc.assert(
      fc.asyncProperty(anySchema, async (schema) => {
        fc.pre(schemaFault(schema as never) === undefined);
        const manifest = manifestOf(schema, 3);
        const template = pluginTemplate(manifest, language);
        const input = { file: `berth.${extension}`, text: templateFile([template], language) };
        const document = await expandDocument(await readDocument(input), { env: {} });
        const { problems } = await checkHostDocument(document, [pluginShape(manifest)]);
        const names = template.unfilled;
        const told = problems.filter(({ path }) => !names.some((name) => path.includes(name)));
        expect(told, input.text).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
