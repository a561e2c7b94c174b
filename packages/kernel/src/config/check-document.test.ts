import { formatProblem, isHostError } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { checkDocument } from "./check-document.ts";
import { configError, formatReport } from "./config-error.ts";
import type { Environment } from "./expand-text.ts";
import { expandDocument } from "./expand-document.ts";
import { readConfig } from "./read-config.ts";
import { readDocument } from "./read-document.ts";

const server = z.strictObject({
  host: z.string().min(1).meta({ description: "Where it listens" }),
  port: z.int().min(1).max(65_535).default(80),
  ratio: z.number().gt(0).optional(),
  step: z.number().multipleOf(5).optional(),
  mode: z.enum(["fast", "safe"]).default("safe"),
  on: z.boolean().default(true),
  tags: z.array(z.string().max(3)).max(2).default([]),
  name: z
    .string()
    .regex(/^[a-z]+$/, "must be lower-case letters")
    .optional(),
  code: z.string().regex(/^\d$/).optional(),
  mail: z.email().optional(),
  word: z.string().min(2).max(4).optional(),
  key: z.string().min(20).optional().meta({ secret: true }),
  reach: z.union([z.boolean(), z.array(z.string())]).optional(),
  grant: z.union([z.literal("asked"), z.strictObject({ read: z.array(z.string()) })]).optional(),
  even: z
    .int()
    .refine((value) => value % 2 === 0, "must be even")
    .optional(),
});
const schema = z
  .strictObject({
    version: z.literal(1).default(1),
    server,
    users: z.array(z.strictObject({ id: z.string(), age: z.int().optional() })).default([]),
    limits: z.record(z.string().regex(/^[a-z]+$/, "must be lower-case letters"), z.int()).default({}),
    short: z
      .record(
        z
          .string()
          .min(3)
          .regex(/^[a-z]+$/, "must be lower-case letters"),
        z.int(),
      )
      .optional(),
    shape: z
      .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("round"), radius: z.number() }),
        z.strictObject({ kind: z.literal("square"), side: z.number() }),
      ])
      .optional(),
    free: z.record(z.string(), z.json()).default({}),
  })
  .superRefine((value, context) => {
    const ids = value.users.map(({ id }) => id);
    const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
    if (twice.length > 0)
      context.addIssue({ code: "custom", path: ["users"], message: `ids must be unique: ${twice.join(", ")}` });
  });

async function problemsOf(text: string, env: Environment = {}, file = "a.yaml"): Promise<string[]> {
  const document = await expandDocument(await readDocument({ file, text }), { env });
  return (await checkDocument(schema, document)).problems.map(formatProblem);
}

const inServer = (line: string): string => `server:\n  host: h\n  ${line}\n`;

describe("checkDocument reports", () => {
  test.each<[string, string, string[]]>([
    [
      "an unknown key with its neighbours",
      inServer("prot: 1"),
      [
        "3:3 server.prot: unknown key `prot`; did you mean `port`? allowed: host, port, ratio, step, mode, on, tags, name, code, mail, word, key, reach, grant, even",
      ],
    ],
    [
      "an unknown key like no other",
      "server: { host: h }\nzzzzzz: 1",
      ["2:1 zzzzzz: unknown key `zzzzzz`; allowed: version, server, users, limits, short, shape, free"],
    ],
    [
      "several unknown keys, each at its place",
      "server: { host: h, a1: 1, b1: 2 }",
      ["1:20 server.a1: unknown key `a1`", "1:27 server.b1: unknown key `b1`"],
    ],
    [
      "a key of another section",
      "server: { host: h }\nport: 1\nusers: [{ id: a, mode: fast }]",
      [
        "2:1 port: unknown key `port`; it belongs in `server`; allowed:",
        "3:18 users[0].mode: unknown key `mode`; it belongs in `server`; allowed: id, age",
      ],
    ],
    ["an unknown key that needs quotes", 'server: { host: h }\n"a b": 1', ['2:1 ["a b"]: unknown key `a b`']],
    [
      "a key that would reorder a line",
      'server: { host: h }\n"a\\u202eb": 1',
      ['2:1 ["a\\u202eb"]: unknown key `a\\u202eb`'],
    ],
    ["a key that would break a terminal", 'server: { host: h }\n"a\\u001b[2J": 1', ["unknown key `a\\u001b[2J`"]],
    [
      "a missing value where its map is named",
      "server: {}",
      ["1:1 server.host: is missing; must be text (Where it listens)"],
    ],
    [
      "a missing value in a list where its item begins",
      "server: { host: h }\nusers:\n  - age: 3\n  - id: b",
      ["3:5 users[0].id: is missing; must be text"],
    ],
    ["a missing map in an empty file", "", ["1:1 server: is missing; must be a map"]],
    [
      "one mistake, not two, for a mistyped required key",
      "server: { hots: h }",
      ["1:11 server.hots: unknown key `hots`; did you mean `host`?"],
    ],
    [
      "text for a number",
      inServer('port: "80"'),
      ['3:9 server.port: must be a whole number from 1 to 65535, found "80"'],
    ],
    [
      "a fraction for a whole number",
      inServer("port: 1.5"),
      ["3:9 server.port: must be a whole number from 1 to 65535, found 1.5"],
    ],
    ["a number for text", "server: { host: 5 }", ["1:17 server.host: must be text, found 5"]],
    ["nothing for text", "server: { host: }", ["server.host: must be text, found nothing"]],
    ["text for a boolean", inServer("on: yes"), ['3:7 server.on: must be true or false, found "yes"']],
    ["a map for a list", inServer("tags: { a: 1 }"), ["3:9 server.tags: must be a list, found a map"]],
    ["a list for a map", "server: [1, 2]", ["1:9 server: must be a map, found a list of 2"]],
    ["a list for the whole", "- a\n- b", ["1:1 must be a map, found a list of 2"]],
    ["text for the whole", "hello", ['1:1 must be a map, found "hello"']],
    [
      "too small a number, with both bounds",
      inServer("port: 0"),
      ["3:9 server.port: must be from 1 to 65535, found 0"],
    ],
    [
      "too large a number, with both bounds",
      inServer("port: 70000"),
      ["3:9 server.port: must be from 1 to 65535, found 70000"],
    ],
    ["a number at an open bound", inServer("ratio: 0"), ["3:10 server.ratio: must be more than 0, found 0"]],
    ["a number between steps", inServer("step: 7"), ["3:9 server.step: must be a multiple of 5, found 7"]],
    ["infinity", inServer("ratio: .inf"), ["3:10 server.ratio: must be a number"]],
    ["too short a text", inServer("word: a"), ['3:9 server.word: must have at least 2 characters, found "a"']],
    ["too long a text", inServer("word: abcde"), ['3:9 server.word: must have at most 4 characters, found "abcde"']],
    [
      "too long a text to show",
      inServer(`word: ${"a".repeat(100)}`),
      [`must have at most 4 characters, found "${"a".repeat(79)}…" (100 characters)`],
    ],
    [
      "no text where one character is needed",
      "server: { host: '' }",
      ["1:17 server.host: must have at least 1 character, found"],
    ],
    [
      "too many entries",
      inServer("tags: [a, b, c]"),
      ["3:9 server.tags: must have at most 2 entries, found a list of 3"],
    ],
    [
      "an entry of a list",
      inServer("tags:\n    - a\n    - abcd"),
      ['5:7 server.tags[1]: must have at most 3 characters, found "abcd"'],
    ],
    [
      "a word of none of the allowed",
      inServer("mode: quick"),
      ['3:9 server.mode: must be one of fast or safe, found "quick"'],
    ],
    [
      "a word near an allowed one",
      inServer("mode: fats"),
      ['3:9 server.mode: must be one of fast or safe, found "fats"; did you mean "fast"?'],
    ],
    ["another value than the only one", "version: 2\nserver: { host: h }", ["1:10 version: must be 1, found 2"]],
    ["a pattern in our words", inServer("name: Bad"), ['3:9 server.name: must be lower-case letters, found "Bad"']],
    ["a pattern without words", inServer('code: "12"'), ['3:9 server.code: must match /^\\d$/, found "12"']],
    ["a format", inServer("mail: nobody"), ['3:9 server.mail: must be a valid email, found "nobody"']],
    ["a rule of our own", inServer("even: 3"), ["3:9 server.even: must be even, found 3"]],
    ["a choice of kinds", inServer("reach: 3"), ["3:10 server.reach: must be true or false or a list, found 3"]],
    [
      "the branch of a choice that was meant",
      inServer("reach: [a, 3]"),
      ["3:14 server.reach[1]: must be text, found 3"],
    ],
    [
      "a choice of a word or a map",
      inServer("grant: aked"),
      ['3:10 server.grant: must be "asked" or a map, found "aked"; did you mean "asked"?'],
    ],
    [
      "an unknown key inside a choice",
      inServer("grant: { reed: [a] }"),
      ["3:12 server.grant.reed: unknown key `reed`; did you mean `read`? allowed: read"],
    ],
    [
      "a key of a free map",
      "server: { host: h }\nlimits: { A1: 1 }",
      ["2:11 limits.A1: the key must be lower-case letters"],
    ],
    [
      "a key of a free map by its length",
      "server: { host: h }\nshort: { A1: 1 }",
      ["2:10 short.A1: the key must have at least 3 characters", "2:10 short.A1: the key must be lower-case letters"],
    ],
    [
      "a value of a free map",
      "server: { host: h }\nlimits: { a: x }",
      ['2:14 limits.a: must be a whole number, found "x"'],
    ],
    [
      "an unknown kind",
      "server: { host: h }\nshape: { kind: rond }",
      ['2:16 shape.kind: must be one of round or square, found "rond"; did you mean "round"?'],
    ],
    [
      "a missing kind",
      "server: { host: h }\nshape: { side: 1 }",
      ["2:1 shape.kind: is missing; must be one of round or square"],
    ],
    [
      "a key of another kind",
      "server: { host: h }\nshape: { kind: round, side: 1 }",
      ["shape.radius: is missing; must be a number", "2:23 shape.side: unknown key `side`; allowed: kind, radius"],
    ],
    [
      "a rule over the whole",
      "server: { host: h }\nusers: [{ id: a }, { id: a }]",
      ["2:8 users: ids must be unique: a"],
    ],
    [
      "a value in an anchor where it is written",
      "server: { host: h }\nfree: { x: &bad { age: x, id: i } }\nusers: [*bad]",
      ['2:24 users[0].age: must be a whole number, found "x"'],
    ],
    [
      "a secret without showing it",
      inServer("key: hunter2"),
      ["3:8 server.key: must have at least 20 characters, found a hidden value"],
    ],
    [
      "text from the environment without showing it",
      inServer("mode: ${A}"),
      ["3:9 server.mode: must be one of fast or safe, found the value of ${A}"],
    ],
    [
      "an unset variable",
      inServer("name: ${NONE}"),
      ["3:9 server.name: the environment variable NONE is not set; set it, or write ${NONE:-default}"],
    ],
    [
      "two unset variables in one value",
      inServer('name: "${B1}${B2}"'),
      ["3:9 server.name: the environment variables B1, B2 are not set; set them, or write ${B1:-default}"],
    ],
    [
      "a reference that is none",
      inServer("name: ${A-x}"),
      [
        "3:9 server.name: `${A-x}` is no reference; write ${NAME} or ${NAME:-default}, or $${ for the characters themselves",
      ],
    ],
  ])("%s", async (_, text, expected) => {
    const found = await problemsOf(text, { A: "hunter2" });
    expect(found).toEqual(expected.map((part) => expect.stringContaining(part)));
    expect(found.join()).not.toContain("hunter2");
  });

  test("everything at once, in the order of the file", async () => {
    const text = ["version: 3", "server:", "  port: x", "  mode: ${NONE}", "  on: 3", "users: 5", "extra: 1"].join(
      "\n",
    );
    expect(await problemsOf(text)).toEqual([
      "a.yaml:1:10 version: must be 1, found 3",
      "a.yaml:2:1 server.host: is missing; must be text (Where it listens)",
      'a.yaml:3:9 server.port: must be a whole number from 1 to 65535, found "x"',
      "a.yaml:4:9 server.mode: the environment variable NONE is not set; set it, or write ${NONE:-default}",
      "a.yaml:5:7 server.on: must be true or false, found 3",
      "a.yaml:6:8 users: must be a list, found 5",
      "a.yaml:7:1 extra: unknown key `extra`; allowed: version, server, users, limits, short, shape, free",
    ]);
  });

  test("places in a schema that refers to itself, and hides everything below a secret", async () => {
    const tree = z.strictObject({
      name: z.string(),
      get kids() {
        return z.array(tree).optional();
      },
    });
    const recursive = z.strictObject({
      tree,
      keys: z.strictObject({ a: z.string() }).meta({ secret: true }),
      free: z.json(),
    });
    const text = "tree: { name: a, kids: [{ name: 3, kds: [] }] }\nkeys: { a: 12345 }\nfree: { x: [.nan] }";
    const { problems } = await checkDocument(recursive, await readDocument({ file: "a.yaml", text }));
    expect(problems.map(formatProblem)).toEqual([
      "a.yaml:1:33 tree.kids[0].name: must be text, found 3",
      "a.yaml:1:36 tree.kids[0].kds: unknown key `kds`; did you mean `kids`? allowed: name, kids",
      "a.yaml:2:12 keys.a: must be text, found a hidden value",
      "a.yaml:3:13 free.x[0]: must be text, a number, true or false, null, a list or a map, found NaN",
    ]);
  });

  test("only the syntax where that is wrong: the rest would be guesses", async () => {
    expect(await problemsOf("server: [\nzzz: 1")).toEqual([expect.stringMatching(/^a\.yaml:2:1 not valid YAML/)]);
  });

  test("places in TOML as well", async () => {
    const text = 'version = 2\n[server]\nhost = "h"\nprot = 1\n[[users]]\nage = 3\n';
    expect(await problemsOf(text, {}, "a.toml")).toEqual([
      "a.toml:1:11 version: must be 1, found 2",
      expect.stringContaining("a.toml:4:1 server.prot: unknown key `prot`; did you mean `port`?"),
      "a.toml:5:3 users[0].id: is missing; must be text",
    ]);
  });

  test("problems whose places are inside the file and whose words are one line, for any values", async () => {
    const leaf = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.constant([{}]),
      fc.constant({ a: [1] }),
    );
    const keys = fc.constantFrom(...Object.keys(server.shape), "prot", "__x", "\u202e");
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, leaf), async (value) => {
        const text = JSON.stringify({ server: value, shape: value, users: [value], limits: value }, undefined, 1);
        const lines = text.split("\n");
        for (const problem of await problemsOf(text)) {
          const [, line, column] = /^a\.yaml:(\d+):(\d+) [^\n]+$/.exec(problem)!;
          expect(Number(column) - 1).toBeLessThanOrEqual(lines[Number(line) - 1]!.length);
          expect(problem).not.toContain("Invalid");
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("checkDocument takes a value from the environment", () => {
  const read = async (text: string, env: Environment): Promise<z.output<typeof schema>> =>
    (await readConfig(schema, { file: "a.yaml", text }, { env })).value;

  test("as the number or boolean its text spells, where the schema wants one", async () => {
    const text = "version: ${V:-1}\nserver: { host: h, port: '${P:-8080}', on: '${O}', ratio: '${R}', reach: '${X}' }";
    expect(await read(text, { O: "false", R: "-0.5e1", X: "true" }).catch(String)).toContain("must be more than 0");
    expect(await read(text, { O: "false", R: "2.5", X: "true" })).toMatchObject({
      version: 1,
      server: { port: 8080, on: false, ratio: 2.5, reach: true },
    });
  });

  test("as text, where the schema wants text or anything", async () => {
    const value = await read("server: { host: '${H}' }\nusers: [{ id: '${H}' }]\nfree: { x: '${H}' }", { H: "12" });
    expect(value).toMatchObject({ server: { host: "12" }, users: [{ id: "12" }], free: { x: "12" } });
  });

  test.each(["08", "1_000", "12345678901234567890", "1e999", "0x10", " 5", "", "Yes", "null"])(
    "and refuses %j for a number",
    async (text) => {
      await expect(read("server: { host: h, port: '${P}' }", { P: text })).rejects.toThrow(
        "must be a whole number from 1 to 65535, found the value of ${P}",
      );
    },
  );

  test("never as a number if it is only a part of the text", async () => {
    await expect(read("server: { host: h, port: '${A}${B}' }", { A: "8", B: "0" })).rejects.toThrow(
      "must be a whole number",
    );
  });
});

describe("configError", () => {
  test("is a report: a line for each problem and the count at the end [SIG-160]", async () => {
    const error: unknown = await readConfig(schema, { file: "a.yaml", text: "server: { host: 1 }\nextra: 1" }).catch(
      (thrown) => thrown,
    );
    expect(isHostError(error, "CONFIG_INVALID") && error.message).toBe(
      [
        "a.yaml:1:17 server.host: must be text, found 1",
        "a.yaml:2:1 extra: unknown key `extra`; allowed: version, server, users, limits, short, shape, free",
        "Cannot use a.yaml: 2 problems",
      ].join("\n"),
    );
    expect(error).toMatchObject({
      details: [
        { line: 1, column: 17, path: "server.host" },
        { line: 2, path: "extra" },
      ],
    });
  });

  test("counts what it does not show", () => {
    const problems = Array.from({ length: 130 }, (_, line) => ({ file: "a", line, column: 1, path: "", message: "x" }));
    expect(formatReport("a", problems).split("\n").slice(-2)).toEqual(["… and 30 more", "Cannot use a: 130 problems"]);
    expect(configError("a", problems).details).toHaveLength(100);
  });
});
