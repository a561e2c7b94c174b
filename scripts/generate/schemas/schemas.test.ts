import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import { describe, expect, test } from "vitest";
import type { JsonSchema } from "./json-schema.ts";
import { DESCRIBED_FILES } from "./schema-list.ts";
import { schemaPage } from "./schema-page.ts";

const ROOT = join(import.meta.dirname, "../../..");
const readText = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const read = (name: string): JsonSchema => JSON.parse(readText(`schemas/${name}.schema.json`)) as JsonSchema;

describe.each(DESCRIBED_FILES)("the committed schema of $name", ({ name, schemaPath }) => {
  test("is draft-07 with an id of its own, a title and a sentence", () => {
    const schema = JSON.parse(readText(schemaPath)) as JsonSchema;
    expect(schema).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      $id: schemaPath.replace("schemas/", ""),
      title: expect.stringMatching(/^Berth /) as string,
      description: expect.stringContaining(name) as string,
    });
  });

  test("is the one that editors are told to use", () => {
    const settings = `${readText(".vscode/settings.json")}${readText(".taplo.toml")}`;
    expect(settings).toContain(`"./${schemaPath}"`);
    expect(settings).toContain(name);
  });
});

/** Where `value` breaks the schema, as an editor would underline it: the path and the broken keyword. */
function violations(schema: JsonSchema, value: unknown): string[] {
  // Strict: a word of the schema that editors do not know is an error, but for the mark of a secret, which they pass over.
  const check = new Ajv({ allErrors: true, strict: true, strictTypes: false })
    .addVocabulary(["secret"])
    .compile(schema);
  if (check(value)) return [];
  const errors = check.errors ?? [];
  // Of a choice, only that none of it fits is told.
  const choices = errors.filter(({ keyword }) => keyword === "anyOf").map(({ schemaPath }) => `${schemaPath}/`);
  const own = errors.filter((error) => error.keyword !== "propertyNames" && !isPartOfChoice(error, choices, errors));
  return own.map(place);
}

function isPartOfChoice(error: ErrorObject, choices: readonly string[], errors: readonly ErrorObject[]): boolean {
  if (choices.some((choice) => error.schemaPath.startsWith(choice))) return true;
  // A form that is a reference has a path of its own, but stands at the same place as the choice.
  return (
    error.keyword !== "anyOf" &&
    errors.some(({ keyword, instancePath }) => keyword === "anyOf" && instancePath === error.instancePath)
  );
}

function place({ instancePath, keyword, params, propertyName }: ErrorObject): string {
  const path = instancePath.replaceAll(/\/(\d+)/g, "[$1]").replaceAll("/", ".");
  const name = (propertyName ?? params["additionalProperty"] ?? params["missingProperty"]) as string | undefined;
  return name === undefined ? `${path}: ${keyword}` : `${path}.${name}: ${keyword}`;
}

const PLUGIN = { plugin: { name: "weather", version: "1.0.0" } };
const SOURCE = { id: "weather_home", type: "weather", schedule: "*/15 * * * *" };

describe.each<[string, object, [string, object, string[]][]]>([
  [
    "plugin",
    {
      ...PLUGIN,
      provides: { source: ["weather"] },
      permissions: { network: ["api.example.org"], filesystem: { read: ["/data"] } },
      config: { schema: { type: "object", properties: { city: { type: "string" } } } },
      limits: { memory_mb: 64 },
    },
    [
      ["a missing version", { plugin: { name: "weather" } }, [".plugin.version: required"]],
      ["a name with capitals", { plugin: { ...PLUGIN.plugin, name: "Weather" } }, [".plugin.name: pattern"]],
      ["an unknown section", { ...PLUGIN, permision: {} }, [".permision: additionalProperties"]],
      ["an unknown kind", { ...PLUGIN, provides: { sauce: ["x"] } }, [".provides.sauce: additionalProperties"]],
      ["a value that is none of those allowed", { ...PLUGIN, runtime: { load: "later" } }, [".runtime.load: enum"]],
      ["too large a number", { ...PLUGIN, limits: { memory_mb: 1e6 } }, [".limits.memory_mb: maximum"]],
      ["an entry outside the folder", { ...PLUGIN, runtime: { entry: "../x.ts" } }, [".runtime.entry: pattern"]],
    ],
  ],
  [
    "berth",
    {
      version: 1,
      roots: ["plugins", "${HOME}/plugins"],
      log: { level: "${LEVEL:-info}" },
      plugins: { weather: { enabled: "${WEATHER:-true}", grant: "asked", limits: { memory_mb: 64 } } },
    },
    [
      ["a key mistyped", { rots: [] }, [".rots: additionalProperties"]],
      ["text where a flag belongs", { plugins: { weather: { enabled: "yes" } } }, [".plugins.weather.enabled: anyOf"]],
      ["a strange level", { log: { level: "loud" } }, [".log.level: anyOf"]],
      ["a strange plugin name", { plugins: { Weather: {} } }, [".plugins.Weather: pattern"]],
    ],
  ],
  [
    "sources",
    {
      sources: [
        {
          ...SOURCE,
          timeout: "${TIMEOUT:-30}",
          config: { city: "Oslo", api_key: "${KEY}" },
          retry: { backoff_seconds: [1, 2] },
        },
      ],
      output: { width: 1920, height: 1080 },
    },
    [
      ["no sources", {}, [".sources: required"]],
      ["a source without a schedule", { sources: [{ id: "a", type: "b" }] }, [".sources[0].schedule: required"]],
      [
        "a schedule of six parts",
        { sources: [{ ...SOURCE, schedule: "* * * * * *" }] },
        [".sources[0].schedule: anyOf"],
      ],
      ["an id with a space", { sources: [{ ...SOURCE, id: "a b" }] }, [".sources[0].id: anyOf"]],
      [
        "too many attempts",
        { sources: [{ ...SOURCE, retry: { max_attempts: 11 } }] },
        [".sources[0].retry.max_attempts: anyOf"],
      ],
      [
        "a strange background",
        { sources: [{ ...SOURCE, rendering: { background: "bing" } }] },
        [".sources[0].rendering.background: anyOf"],
      ],
    ],
  ],
])("an editor with %s.schema.json", (name, good, bad) => {
  test("accepts a good file", () => {
    expect(violations(read(name), good)).toEqual([]);
  });

  test.each(bad)("underlines %s", (_, file, expected) => {
    expect(violations(read(name), file)).toEqual(expected);
  });
});

test("schemaPage makes a table of every object, wherever it stands", () => {
  const reference = { $ref: "#/definitions/environmentReference" };
  const schema: JsonSchema = {
    description: "x.yaml: what is shown",
    properties: {
      items: {
        type: "array",
        maxItems: 3,
        description: "What is shown",
        items: { type: "object", required: ["id"], properties: { id: { type: "string", pattern: "^a$" } } },
      },
      sizes: { type: "array", items: { type: "integer", minimum: 1, maximum: 5_000 }, default: [1, 2] },
      byName: {
        type: "object",
        additionalProperties: { type: "object", properties: { on: { type: "boolean", default: false } } },
      },
      level: { anyOf: [{ enum: ["low", "high"] }, reference], default: "low", description: "How much" },
      any: { $ref: "#/definitions/__schema0" },
    },
    definitions: { environmentReference: { type: "string" }, __schema0: {} },
  };
  const page = schemaPage({ name: "x.yaml", madeFrom: "x.ts", schemaPath: "schemas/x.schema.json" }, schema);
  expect(page.split("\n").slice(2)).toEqual([
    "# `x.yaml`",
    "",
    "What is shown. Editors check it by [`schemas/x.schema.json`](../../schemas/x.schema.json). In place of any value, `${NAME}` or `${NAME:-default}` takes it from the environment.",
    "",
    "| field | type | default | bounds | description |",
    "| --- | --- | --- | --- | --- |",
    "| `items` | list of table |  | at most 3 entries | What is shown. |",
    "| `sizes` | list of whole number | `[1, 2]` | each 1 to 5,000 |  |",
    "| `byName` | map of table |  |  |  |",
    "| `level` | `low`, `high` | `low` |  | How much. |",
    "| `any` | any value |  |  |  |",
    "",
    "## `items[]`",
    "",
    "What is shown.",
    "",
    "| field | type | default | bounds | description |",
    "| --- | --- | --- | --- | --- |",
    "| `id` | text | required | `^a$` |  |",
    "",
    "## `byName.<name>`",
    "",
    "| field | type | default | bounds | description |",
    "| --- | --- | --- | --- | --- |",
    "| `on` | true or false | `false` |  |  |",
    "",
  ]);
});
