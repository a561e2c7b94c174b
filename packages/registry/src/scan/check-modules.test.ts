import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkModules, type ModuleProblem } from "./check-modules.ts";

const MANIFEST = '[plugin]\nname = "x"\n';
const ENTRY = "export default 1;\n";

describe("checkModules", () => {
  test("finds nothing in a plugin whose modules name each other in every way", async () => {
    const files = {
      "src/plugin.ts": `
        import { definePlugin } from "@berth/sdk";
        import first, { a as b, type T, viaStar, viaName } from "./a.ts";
        import type { Gone } from "./types-only.ts";
        import * as all from "./all%20of.mts?x=1";
        import data from "../data.json" with { type: "json" };
        import legacy, { named } from "./legacy.cjs";
        import "./native.node";
        import out from "../../outside.ts";
        const later = () => import("./later.js");
        const maybe = () => import("./perhaps-not-there.ts");
        const any = (name: string) => import(\`./\${name}.ts\`);
        export default definePlugin({});`,
      "src/a.ts":
        'export * from "./star.ts"; export { one as viaName } from "./star.ts"; export * from "@x/y";\n' +
        "export const { a } = { a: 1 }; export interface T {} export default class {}",
      "src/star.ts": 'export let one = 1, viaStar = 2; export * from "./a.ts";',
      "src/all of.mts": "export {};",
      "src/legacy.cjs": "return (module.exports = { named: require('./deep') });",
      "src/deep/index.js": "if (module.parent) return; require('./nowhere');",
      "src/later.js": "'use strict';",
      "src/native.node": "\u0000ELF",
      "data.json": "{}",
      "src/not-reached.ts": "export const a = (",
    };
    expect(await checked(files)).toEqual([]);
  });

  test("says what of which file cannot be loaded, and where", async () => {
    const files = {
      "src/plugin.ts": [
        'import { one, two, type T } from "./a.ts";',
        'import nothing from "./a.ts";',
        'export * from "./gone.ts";',
        'import("./b.js");',
        'import x from "./x.json" with { type: "json" };',
        'import { y } from "./empty.ts";',
        'import "./folder.ts";',
        'import late, { later } from "./word.ts";',
      ].join("\n"),
      "src/a.ts": "export const one = 1;\n",
      "src/b.js": "const a = 1;\nfoo(\n",
      "src/x.json": "{",
      "src/empty.ts": "\n",
      "src/folder.ts/x": "",
      "src/word.ts": "expo",
    };
    expect(await checked(files)).toEqual([
      { file: "src/x.json", message: expect.stringContaining("JSON") },
      { file: "src/plugin.ts", line: 7, column: 1, message: "imports ./folder.ts, which is not there" },
      { file: "src/plugin.ts", line: 3, column: 1, message: "imports ./gone.ts, which is not there" },
      { file: "src/b.js", line: 3, column: 1, message: expect.stringContaining("Expected `)`") },
      { file: "src/plugin.ts", message: "has no default export" },
      { file: "src/plugin.ts", line: 1, column: 1, message: "imports two of src/a.ts, which does not export it" },
      ...[
        [2, "a default export of src/a.ts"],
        [6, "y of src/empty.ts"],
        [8, "a default export of src/word.ts"],
        [8, "later of src/word.ts"],
      ].map(([line, what]) => ({
        file: "src/plugin.ts",
        line,
        column: 1,
        message: `imports ${what}, which does not export it`,
      })),
    ]);
  });

  test.each<[string, Record<string, string>, ModuleProblem]>([
    ["an entry that is not there", {}, { file: "src/plugin.ts", message: "is missing" }],
    [
      "an entry of half a word",
      { "src/plugin.ts": "impo" },
      { file: "src/plugin.ts", message: "has no default export" },
    ],
    ["an empty manifest", { "plugin.toml": "", "src/plugin.ts": ENTRY }, { file: "plugin.toml", message: "is empty" }],
    [
      "a manifest of a file system that was cut off",
      { "plugin.toml": "[plugin]\n\0\0\0", "src/plugin.ts": ENTRY },
      { file: "plugin.toml", message: "holds zero bytes: it was not written to its end" },
    ],
    [
      "text that would harm a terminal",
      { "src/plugin.ts": `import "./\u001b[2J.ts";\n${ENTRY}` },
      { file: "src/plugin.ts", line: 1, column: 1, message: "imports ./\\u001b[2J.ts, which is not there" },
    ],
  ])("tells of %s", async (_what, files, problem) => {
    expect(await checked(files)).toEqual([problem]);
  });

  test("follows no link, and names at most a hundred problems", async () => {
    const imports = Array.from({ length: 300 }, (_, i) => `import "./${i}.ts";`).join("\n");
    await using folder = await folderOf({ "src/plugin.ts": `import "./link.ts";\n${imports}\n${ENTRY}` });
    symlinkSync("/etc/passwd", join(folder.path, "src/link.ts"));
    const { problems, modules } = await checkModules(folder.path, { entry: "src/plugin.ts" });
    expect(problems).toHaveLength(100);
    expect(problems[0]!.message).toBe("imports ./link.ts, which is not there");
    expect(modules).toBe(1);
  });

  test("refuses every beginning of a module whose default export comes last", async () => {
    const whole = `import { help } from "./help.ts";\n// ä\nexport default {\n  provides: [help],\n};\n`;
    await using folder = await folderOf({ "src/plugin.ts": whole, "src/help.ts": "export const help = 1;\n" });
    const bytes = Buffer.from(whole);
    for (let end = 0; end < bytes.length - 2; end++) {
      writeFileSync(join(folder.path, "src/plugin.ts"), bytes.subarray(0, end));
      const { problems } = await checkModules(folder.path, { entry: "src/plugin.ts" });
      expect(problems, `cut at ${end}`).not.toEqual([]);
    }
  });

  test("finds names that a changed module no longer defines, and lets those be that it never did", async () => {
    await using before = await folderOf({
      "src/plugin.ts": "export default () => help(window);\nfunction help() {}\n",
    });
    const problemsOf = async (text: string): Promise<readonly ModuleProblem[]> => {
      await using folder = await folderOf({ "src/plugin.ts": text });
      return (await checkModules(folder.path, { entry: "src/plugin.ts", before: before.path })).problems;
    };
    expect(await problemsOf("// new\nexport default () => help(window);\n")).toEqual([
      { file: "src/plugin.ts", line: 2, column: 22, message: "uses help, which is not defined" },
    ]);
    expect(await problemsOf("// new\nexport default () => window;\n")).toEqual([]);
    await using other = await folderOf({
      "src/plugin.ts": 'import "./new.ts";\nexport default 1;\n',
      "src/new.ts": "gone;",
    });
    expect((await checkModules(other.path, { entry: "src/plugin.ts", before: before.path })).problems).toEqual([]);
  });

  test("finds what changed modules do that they did not before, notes aside [RPT-147, OPS-21]", async () => {
    await using before = await folderOf({
      "src/plugin.ts": 'import "./same.ts";\nexport default () => eval("1");\n',
      "src/same.ts": "process.kill(1);\n",
    });
    await using after = await folderOf({
      "src/plugin.ts": 'import "./same.ts";\nimport "./new.ts";\nexport default () => eval("2");\nprocess.kill(2);\n',
      "src/same.ts": "process.kill(1);\n",
      "src/new.ts": 'import "node:worker_threads";\neval("3");\n',
    });
    const check = await checkModules(after.path, { entry: "src/plugin.ts", before: before.path });
    expect(check.problems).toEqual([]);
    expect(check.newFindings.map(({ file, line, pattern }) => [file, line, pattern])).toEqual([
      ["src/plugin.ts", 4, "kills-processes"],
      ["src/new.ts", 2, "dynamic-code"],
    ]);
    expect((await checkModules(after.path, { entry: "src/plugin.ts" })).newFindings).toEqual([]);
  });

  test("ends when its signal aborts", async () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`src/${i}.ts`, ENTRY]));
    const entry = Object.keys(many)
      .map((file) => `import ".${file.slice(3)}";`)
      .join("\n");
    await using folder = await folderOf({ ...many, "src/plugin.ts": entry + ENTRY });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(checkModules(folder.path, { entry: "src/plugin.ts", signal })).rejects.toThrow("enough");
  });
});

async function checked(files: Readonly<Record<string, string>>): Promise<readonly ModuleProblem[]> {
  await using folder = await folderOf(files);
  return (await checkModules(folder.path, { entry: "src/plugin.ts" })).problems;
}

async function folderOf(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(join(tmpdir(), "berth-modules-"));
  for (const [path, text] of Object.entries({ "plugin.toml": MANIFEST, ...files })) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), text);
  }
  return { path: folder.path, [Symbol.asyncDispose]: () => folder.remove() };
}
