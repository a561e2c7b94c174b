import fc from "fast-check";
import { stringify } from "smol-toml";
import { expect, test } from "vitest";
import type { Problem } from "@berth/contract";
import { readManifest } from "./read-manifest.ts";

const SAMPLE = `# A manifest with a bit of everything
[plugin]
name = "weather"
version = "1.2.3-beta.1"
description = """
Two
lines"""
[provides]
source = ["weather", 'open-meteo']
[runtime]
isolation = "worker"
[config.schema]
type = "object"
properties = { "base url" = { type = "string" }, "ключ😀".type = "number" }
[dependencies]
host = "^0.1.0"
requires = { "other-plugin" = ">=1 <2" }
[permissions]
network = ["api.example.org", "*.example.net:8443", "config:base_url"]
events.publish = ["weather.*", "a.>"]
[limits]
memory_mb = 0x40
`;

const word = fc.stringMatching(/^[a-z][a-z0-9]{2,8}$/);
const pluginName = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join("-"));
const version = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((numbers) => numbers.join("."));
const range = version.chain((from) => fc.constantFrom(`^${from}`, `~${from}`, `>=${from} <99.0.0`, "*", from));
const host = fc
  .tuple(fc.constantFrom("", "*."), word, word, fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }))
  .map(([star, name, top, port]) => `${star}${name}.${top}${port === undefined ? "" : `:${port}`}`);
const optional = { requiredKeys: [] as [] };
const names = fc.uniqueArray(word, { minLength: 1, maxLength: 4 });
const text = fc.string({ unit: "binary", maxLength: 40 }).filter((value) => value.isWellFormed());
const jsonSchema = fc.record(
  { type: fc.constant("object"), properties: fc.dictionary(word, fc.record({ description: text, maximum: fc.nat() })) },
  optional,
);

/** Manifests in the normal form, as a program would write them. */
const manifestInput = fc.record(
  {
    plugin: fc.record(
      {
        name: pluginName,
        version,
        description: text,
        author: text,
        criticality: fc.constantFrom("required", "optional"),
      },
      { requiredKeys: ["name", "version"] },
    ),
    provides: fc.record({ source: names, layout: names, command: names }, { requiredKeys: ["source"] }),
    runtime: fc.record(
      { entry: word.map((name) => `src/${name}.ts`), isolation: fc.constantFrom("inline", "worker", "process") },
      optional,
    ),
    config: fc.record({ schema: jsonSchema }, optional),
    dependencies: fc.record(
      { host: range, node: range, requires: fc.dictionary(word, range), services: names, external_deps: names },
      optional,
    ),
    permissions: fc.record(
      {
        network: fc.oneof(fc.boolean(), fc.uniqueArray(host, { maxLength: 3 })),
        filesystem: fc.oneof(
          fc.constantFrom("none", "read-only", "read-write"),
          fc.record({
            read: fc.array(
              text.filter((path) => path !== "" && !path.startsWith("config:")),
              { maxLength: 2 },
            ),
          }),
        ),
        secrets: names,
      },
      optional,
    ),
    limits: fc.record(
      { memory_mb: fc.integer({ min: 1, max: 65_536 }), concurrency: fc.integer({ min: 1, max: 9 }) },
      optional,
    ),
  },
  { requiredKeys: ["plugin", "provides"] },
);

test("any valid manifest survives being written as TOML and read, and once more [RPT-40]", async () => {
  await fc.assert(
    fc.asyncProperty(manifestInput, async (input) => {
      fc.pre(!Object.keys(input.dependencies?.requires ?? {}).includes(input.plugin.name));
      const first = await readManifest(stringify(input), "plugin.toml");
      expect(first).toMatchObject({ manifest: input });
      const written = stringify("manifest" in first ? first.manifest : {});
      expect(await readManifest(written, "plugin.toml")).toEqual(first);
    }),
    { numRuns: 200 },
  );
});

test("no bytes make readManifest throw, and every place lies within the text [RPT-33]", async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: "binary" }).map((value) => Buffer.from(value)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      expect(await misplaced(content)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("no damage to a manifest makes readManifest throw, and every place lies within the text [RPT-33]", async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "[",
      "]",
      "{",
      "}",
      '"',
      "'''",
      "\\",
      "\n",
      "\r",
      "=",
      ".",
      "[[x]]\n",
      "a.b.c = 1\n",
      "\u2028",
      "😀",
      "#",
      ",",
    ),
    fc.string({ unit: "binary", maxLength: 5 }),
  );
  const damage = fc.record({ at: fc.nat(SAMPLE.length), remove: fc.nat(12), insert: piece });
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
      const damaged = damages.reduce(
        (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove),
        SAMPLE,
      );
      expect(await misplaced(Buffer.from(damaged))).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

/** The problems whose place is not in the text. */
async function misplaced(content: Uint8Array): Promise<Problem[]> {
  const reading = await readManifest(content, "plugin.toml");
  const lines = Buffer.from(content).toString("utf8").split("\n");
  const isWithin = ({ line = 1, column = 1 }: Problem): boolean =>
    line >= 1 && line <= lines.length && column >= 1 && column <= lines[line - 1]!.length + 1;
  return "problems" in reading ? reading.problems.filter((problem) => !isWithin(problem)) : [];
}
