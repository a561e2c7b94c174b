import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "@berth/base";
import fc from "fast-check";
import { stringify as toToml } from "smol-toml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConfigDocument } from "./config-document.ts";
import type { ConfigPath } from "./config-path.ts";
import { formatYaml } from "./format-yaml.ts";
import { overlayPath, readDocument } from "./read-document.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "berth-config-"));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const yaml = (text: string): Promise<ConfigDocument> => readDocument({ file: "a.yaml", text });
const toml = (text: string): Promise<ConfigDocument> => readDocument({ file: "a.toml", text });
const plain = (value: JsonValue): unknown => JSON.parse(JSON.stringify(value));
const messages = (document: ConfigDocument): string[] =>
  document.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

describe("readDocument of YAML", () => {
  test("reads comments, multi-line strings, anchors and merge keys [SIG-184]", async () => {
    const document = await yaml(
      [
        "# the kitchen",
        "text: |",
        "  one",
        "  two",
        "folded: >-",
        "  three",
        "  four",
        "base: &base { a: 1, b: 2 }",
        "both: { <<: *base, b: 3 } # mine wins",
        "again: *base",
      ].join("\n"),
    );
    expect(document.problems).toEqual([]);
    expect(plain(document.value)).toEqual({
      text: "one\ntwo\n",
      folded: "three four",
      base: { a: 1, b: 2 },
      both: { a: 1, b: 3 },
      again: { a: 1, b: 2 },
    });
  });

  test.each(["", "# nothing but a comment\n", "---\n", "null\n"])(
    "takes an empty file %j as an empty map",
    async (text) => {
      expect(await yaml(text)).toMatchObject({ value: {}, problems: [] });
    },
  );

  test("gives maps without a prototype, so that no key means anything special", async () => {
    const { value } = await yaml("constructor: 1\ntoString: 2\nin: { hasOwnProperty: 3 }");
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(plain(value)).toEqual({ constructor: 1, toString: 2, in: { hasOwnProperty: 3 } });
  });

  test("keeps keys as text, whatever they look like", async () => {
    expect(plain((await yaml("1: a\ntrue: b\n2026-01-01: c")).value)).toEqual({ 1: "a", true: "b", "2026-01-01": "c" });
  });

  test("ignores a version directive that would change what plain words mean", async () => {
    expect(plain((await yaml("%YAML 1.1\n---\na: yes\nb: 2020-01-01\nc: 1:30")).value)).toEqual({
      a: "yes",
      b: "2020-01-01",
      c: "1:30",
    });
  });

  test.each<[string, string, string[]]>([
    ["all syntax errors at once [SIG-51]", "a: [1\nb: {c\nd: 1", ["2:1 not valid YAML", "3:1 not valid YAML"]],
    [
      "a reference without quotes in a flow map, and nothing of what the parser made of the rest",
      "s:\n  - id: a\n    c: { city: ${NOPE} }\n  - id: b\n",
      ['3:17 not valid YAML: inside { } and [ ] a reference must be quoted: "${NAME}"'],
    ],
    [
      "the first of the places where the parser lost its way",
      "- a\nb: 1\nc: 2\n",
      ["2:1 not valid YAML: Unexpected scalar"],
    ],
    ["a tab as indentation", "a:\n\tb: 1", ["2:1 not valid YAML: Tabs are not allowed as indentation"]],
    ["an unclosed quote", 'a: "b', ['1:6 not valid YAML: Missing closing "quote']],
    [
      "a tag, since reading is safe [SIG-51]",
      "a: 1\nb: !!js/function x",
      ["2:4 not allowed: the tag tag:yaml.org,2002:js/function"],
    ],
    ["a tag of the author's own", "a: !env HOME", ["1:4 not allowed: the tag !env"]],
    ["a list as a key", "? [a, b]\n: c", ["1:3 a key must be text, not a list or a map"]],
    ["a key given twice", "a: 1\nb: 2\na: 3", ["3:1 the key `a` is given twice, first in line 1"]],
    ["__proto__", "a:\n  __proto__: { x: 1 }", ["2:3 the key `__proto__` is not allowed"]],
    ["a second document", "a: 1\n---\nb: 2", ["2:1 a second document begins here; a configuration file holds one"]],
    ["an alias of nothing", "a: *nowhere", ["1:4 the alias *nowhere has no finished &nowhere before it"]],
    ["an alias of itself", "a: &x [1, *x]", ["1:11 the alias *x has no finished &x before it"]],
    ["a merge of what is no map", "<<: [1]", ["1:1 `<<` merges a map or a list of maps, such as `<<: *defaults`"]],
    ["a number that would change", "id: 12345678901234567890", ["1:5 the number 12345678901234567890 is too large"]],
    [
      "maps too deep",
      Array.from({ length: 70 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
      ["nested more than 64 deep"],
    ],
    ["lists too deep", "[".repeat(500), ["nested more than 64 deep"]],
    ["too many values", `[${"1, ".repeat(100_001)}]`, ["holds more than 100000 values"]],
    ["too many aliases", `a: &a 1\nb: [${"*a, ".repeat(101)}]`, ["holds more than 100 aliases"]],
  ])("reports %s", async (_, text, expected) => {
    const found = messages(await yaml(text));
    expect(found).toEqual(expected.map((part) => expect.stringContaining(part)));
  });

  test("reports at most 20 mistakes of syntax: one can cause a cascade", async () => {
    expect((await yaml("a: 1\n".repeat(50))).problems).toHaveLength(20);
  });

  test("refuses aliases that multiply, and aliases that nest, without building them", async () => {
    const laughs = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"];
    for (let i = 1; i < 9; i++) laughs.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}]`);
    expect(messages(await yaml(laughs.join("\n")))).toEqual([
      "1:1 holds more than 100000 values, aliases counted at every use",
    ]);
    const nested = ["a0: &a0 [[[[[[[[1]]]]]]]]"];
    for (let i = 1; i < 9; i++) nested.push(`a${i}: &a${i} [[[[[[[[*a${i - 1}]]]]]]]]`);
    expect(messages(await yaml(nested.join("\n")))).toEqual(["1:1 nested more than 64 deep by its aliases"]);
  });
});

describe("readDocument of TOML", () => {
  test("reads tables, lists of tables and dates as text", async () => {
    const document = await toml('a.b = 1\n[c]\nd = 2026-01-02T03:04:05Z\n[[e]]\nid = "x"\n[[e]]\nid = "y"\n');
    expect(document.problems).toEqual([]);
    expect(plain(document.value)).toEqual({
      a: { b: 1 },
      c: { d: "2026-01-02T03:04:05.000Z" },
      e: [{ id: "x" }, { id: "y" }],
    });
  });

  test.each([
    ["a key given twice", "a = 1\na = 2", "2:1 not valid TOML"],
    ["a missing value", "a = 1\nb =", "2:4 not valid TOML"],
    ["a number that would change", "a = 12345678901234567890", "1:5 not valid TOML"],
    ["lists too deep", `a = ${"[".repeat(70)}${"]".repeat(70)}`, "not valid TOML"],
    ["tables too deep", `${Array.from({ length: 70 }, () => "a").join(".")} = 1`, "nested more than 64 deep"],
    ["too many values", `a = [${"1, ".repeat(100_000)}]`, "holds more than 100000 values"],
    ["__proto__", "[__proto__]\nx = 1", "the key `__proto__` is not allowed"],
  ])("reports %s", async (_, text, expected) => {
    expect(messages(await toml(text))).toEqual([expect.stringContaining(expected)]);
  });

  test.each<[string, ConfigPath, string]>([
    ["a dotted key", ["a", "b"], "1:3/1:7"],
    ["the table a dotted key makes", ["a"], "1:1/1:7"],
    ["a table", ["c"], "2:2/2:2"],
    ["a value in an inline table", ["c", "d", "e"], "3:7/3:11"],
    ["an item of a list", ["c", "f", 1], "4:10/4:10"],
    ["a second table of a list", ["g", 1], "7:3/7:3"],
    ["a quoted key", ["g", 1, "x y"], "8:1/8:9"],
  ])("locates %s", async (_, path, expected) => {
    const text = 'a.b = 1\n[c]\nd = { e = 1 }\nf = [ 1, 2 ]\n[[g]]\nh = 1\n[[g]]\n"x y" = 1\n';
    const document = await toml(text);
    const [key, value] = [await document.locate(path, "key"), await document.locate(path)];
    expect(`${key.line}:${key.column}/${value.line}:${value.column}`).toBe(expected);
  });
});

describe("readDocument of files", () => {
  test("says that a file is not there", async () => {
    await expect(readDocument("none.yaml", { cwd })).rejects.toMatchObject({
      code: "CONFIG_NOT_FOUND",
      message: "Cannot read none.yaml: there is no such file",
    });
  });

  test.each([
    [
      "UTF-16, as some editors save it",
      Buffer.from("\ufeffa: 1", "utf16le"),
      "is not UTF-8 text; save it with the encoding UTF-8",
    ],
    ["more than 1 MiB", Buffer.alloc(1024 * 1024 + 1, "#"), "is 1048577 bytes long; at most 1048576 are read"],
  ])("reports %s", async (_, bytes, message) => {
    await writeFile(join(cwd, "bytes.yaml"), bytes);
    expect((await readDocument("bytes.yaml", { cwd })).problems).toEqual([{ file: "bytes.yaml", path: "", message }]);
  });

  test("reports a folder in the place of a file", async () => {
    await mkdir(join(cwd, "folder.yaml"), { recursive: true });
    expect((await readDocument("folder.yaml", { cwd })).problems).toMatchObject([
      { message: expect.stringMatching(/^cannot be read/) },
    ]);
  });

  test("leaves out the byte order mark, and Windows line ends cost no column", async () => {
    await writeFile(join(cwd, "windows.yaml"), "\ufeffa: 1\r\nb: 2\r\n");
    const document = await readDocument("windows.yaml", { cwd });
    expect(plain(document.value)).toEqual({ a: 1, b: 2 });
    expect(await document.locate(["b"])).toEqual({ file: "windows.yaml", line: 2, column: 4 });
  });

  test.each(["yaml", "toml"])(
    "lays NAME.<environment>.%s over the file and locates each value in its own",
    async (language) => {
      const [base, overlay] =
        language === "yaml" ? ["a: 1\nb: { c: 2 }\n", "\nb:\n  c: 3\n"] : ["a = 1\n[b]\nc = 2\n", "\n[b]\nc = 3\n"];
      await writeFile(join(cwd, `over.${language}`), base);
      await writeFile(join(cwd, `over.stage.${language}`), overlay);
      const document = await readDocument(`over.${language}`, { cwd, environment: "stage" });
      expect(plain(document.value)).toEqual({ a: 1, b: { c: 3 } });
      expect(document.files).toEqual([`over.${language}`, `over.stage.${language}`]);
      expect(await document.locate(["a"])).toMatchObject({ file: `over.${language}`, line: 1 });
      expect(await document.locate(["b", "c"])).toMatchObject({ file: `over.stage.${language}`, line: 3 });
    },
  );

  test("takes the environment from BERTH_ENV, and does without an overlay that is not there", async () => {
    await writeFile(join(cwd, "by-env.yaml"), "a: 1");
    await writeFile(join(cwd, "by-env.test.yaml"), "a: 2");
    const valueIn = async (name: string): Promise<unknown> =>
      plain((await readDocument("by-env.yaml", { cwd, env: { BERTH_ENV: name } })).value);
    expect([await valueIn("test"), await valueIn("other"), await valueIn("")]).toEqual([{ a: 2 }, { a: 1 }, { a: 1 }]);
  });

  test("reports problems of file and overlay together", async () => {
    await writeFile(join(cwd, "bad.yaml"), "a: [");
    await writeFile(join(cwd, "bad.dev.yaml"), "b: {");
    const { problems } = await readDocument("bad.yaml", { cwd, environment: "dev" });
    expect(problems.map(({ file }) => file)).toEqual(["bad.yaml", "bad.dev.yaml"]);
  });

  test("refuses an environment that would lead out of the folder", async () => {
    await expect(readDocument("a.yaml", { cwd, environment: "../x" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  });

  test("overlayPath puts the environment before the ending", () => {
    expect(["sources.yaml", "a/b.c.toml", "./x.yml"].map((file) => overlayPath(file, "prod"))).toEqual([
      "sources.prod.yaml",
      "a/b.c.prod.toml",
      "./x.prod.yml",
    ]);
  });
});

describe("readDocument keeps the laws:", () => {
  const key = fc.oneof(
    fc.stringMatching(/^[a-z]{1,6}$/),
    fc.constantFrom("constructor", "a b", "é", "x.y", "${A}", "on"),
  );
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean());
  const { map } = fc.letrec<{ map: Record<string, unknown>; value: unknown }>((tie) => ({
    map: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie("value"), { maxLength: 3 }), tie("map")),
  }));

  function* pathsOf(value: unknown, path: ConfigPath = []): Generator<ConfigPath> {
    yield path;
    if (typeof value !== "object" || value === null) return;
    for (const [step, child] of Object.entries(value))
      yield* pathsOf(child, [...path, Array.isArray(value) ? Number(step) : step]);
  }

  async function expectPlacesInside(document: ConfigDocument, value: unknown, text: string): Promise<void> {
    const lines = text.split("\n");
    for (const path of [...pathsOf(value), ["nowhere"], ["a", 9, "b"]]) {
      for (const part of ["key", "value"] as const) {
        const { line, column } = await document.locate(path, part);
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column - 1).toBeLessThanOrEqual(lines[line - 1]!.length);
      }
    }
  }

  test("what formatYaml wrote is read back, and every place is inside the file", async () => {
    await fc.assert(
      fc.asyncProperty(map, async (value) => {
        const text = await formatYaml(value as JsonValue);
        const document = await yaml(text);
        expect(plain(document.value)).toEqual(value);
        await expectPlacesInside(document, value, text);
      }),
      { numRuns: 60 },
    );
  });

  test("the place of a plain value is where it is written", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.integer(), { minKeys: 1 }),
        async (value) => {
          for (const [file, text] of [
            ["a.yaml", await formatYaml(value)],
            ["a.toml", toToml(value)],
          ] as const) {
            const document = await readDocument({ file, text });
            for (const [name, number] of Object.entries(value)) {
              const { line, column } = await document.locate([name]);
              expect(text.split("\n")[line - 1]!.slice(column - 1)).toBe(String(number));
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test("TOML that a library wrote is read back, and every place is inside the file", async () => {
    await fc.assert(
      fc.asyncProperty(map, async (value) => {
        const text = toToml(value);
        const document = await toml(text);
        expect(plain(document.value)).toEqual(value);
        await expectPlacesInside(document, value, text);
      }),
      { numRuns: 60 },
    );
  });

  test("no bytes break the reader; it gives a document or problems with places in the file", async () => {
    const broken = fc.string({
      unit: fc.constantFrom("a", ":", " ", "\n", "-", "[", "{", "}", "&x", "*x", "!", "|", '"', "#", "\t", "=", "<<"),
    });
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => new TextDecoder().decode(bytes)),
      broken,
    );
    await fc.assert(
      fc.asyncProperty(anything, fc.constantFrom("a.yaml", "a.toml"), async (text, file) => {
        const { problems } = await readDocument({ file, text });
        for (const { line = 1, message } of problems) {
          expect(line).toBeLessThanOrEqual(text.split("\n").length);
          expect(message).not.toContain("\n");
        }
      }),
      { numRuns: 400 },
    );
  });
});
