import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fieldTables, tableCells } from "./field-tables.ts";
import { findPages, parsePage, readPage } from "./markdown.ts";
import { snippetProblem } from "./snippets.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Made from the code, and checked where it is made. */
const GENERATED = "docs/reference/";
const PAGES = findPages(ROOT).filter((file) => !file.startsWith(GENERATED));

const problemsOf = async (file: string, text?: string): Promise<string[]> => {
  const page = text === undefined ? readPage(ROOT, file) : parsePage(file, text);
  const problems = await Promise.all(page.fences.map((fence) => snippetProblem(ROOT, page, fence)));
  return problems.filter((problem) => problem !== undefined);
};

test.each(PAGES)("every code block of %s is a file's, runs or passes its check", async (file) => {
  expect(await problemsOf(file)).toEqual([]);
});

describe("snippetProblem", () => {
  const block = (language: string, text: string, note = ""): string =>
    `${note}\n\n\`\`\`${language}\n${text}\n\`\`\`\n`;
  const ofFile = "<!-- file: examples/own-plugin/sources.yaml -->";

  test.each([
    [block("yaml", "- id: new_decade\n  type: countdown", ofFile)],
    [block("yaml", "- id: a\n  type: b\n  schedule: 0 0 * * *")],
    [block("ts", "fields({ a: { type: 'int' } });")],
    [block("json", '{ "a": 1 }\n{ "b": 2 }')],
    [block("text", "anything")],
  ])("is content with %j", async (text) => {
    expect(await problemsOf("page.md", text)).toEqual([]);
  });

  test.each([
    [block("yaml", "plugins: []", ofFile), "differs from examples/own-plugin/sources.yaml"],
    [block("yaml", "- id: a b"), "sources[0].id"],
    [block("yaml", "plugin_limit: {}"), "did you mean"],
    [block("ts", "nothing();"), "does not run: nothing is not defined"],
    [block("json", "{"), "is neither a JSON document nor one a line"],
    [block("rust", ""), 'is of the language "rust", which nothing checks'],
  ])("complains of %j", async (text, problem) => {
    expect(await problemsOf("page.md", text)).toEqual([expect.stringContaining(problem)]);
  });
});

describe("the plugin guide", async () => {
  const guide = readFileSync(join(ROOT, "docs/guide/first-plugin.md"), "utf8");
  const tables = await fieldTables(ROOT);

  test.each([...tables])("explains every field of %s as the code has it [SIG-144]", (id, table) => {
    const [, after = ""] = guide.split(`<!-- fields: ${id} -->\n`);
    const [shown = ""] = after.trimStart().split("\n\n");
    expect(tableCells(shown.split("\n"))).toEqual(tableCells(table));
  });

  test.each([...tables.keys()])("has an entry of %s, and so have the example files [SIG-143]", (id) => {
    const entry = new RegExp(`^ *type: ${id.replace("source/", "")}$`, "m");
    const examples = ["examples/sources.yaml", "examples/signage/sources.yaml"].map((file) =>
      readFileSync(join(ROOT, file), "utf8"),
    );
    expect(guide).toMatch(entry);
    expect(examples.join("\n")).toMatch(entry);
  });

  test("has a section on each of its subjects [SIG-80, SIG-81, SIG-82, SIG-83, SIG-84, SIG-178]", () => {
    const titles = [...guide.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(titles).toEqual([
      "Your first plugin",
      "Life cycle",
      "Configuration",
      "The context, and permissions",
      "What a source returns",
      "Testing",
      "Best practices",
      "Review checklist",
      "Sources that come with Berth",
    ]);
  });

  test("shows the template that checks its field, logs and warns [SIG-145]", () => {
    expect(guide).toContain("(../../examples/plugins/hello-source/README.md)");
  });
});

test.each(PAGES.filter((file) => /^(?:packages|apps)\/[^/]+\/README\.md$/.test(file)))(
  "%s is short: the rest stands where everybody looks",
  (file) => {
    expect(readFileSync(join(ROOT, file), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(15);
  },
);

describe("README.md", () => {
  const readme = readPage(ROOT, "README.md");

  test("explains plugins: sources.yaml, migration, plugins of one's own [SIG-85]", () => {
    const [, section = ""] = readme.prose.split("\n## Plugin System\n");
    const [text = ""] = section.split("\n## ");
    expect(text.match(/^\*\*.*?\*\*/gm)).toEqual([
      "**Using `sources.yaml`.**",
      "**Migrating.**",
      "**Creating plugins.**",
    ]);
  });

  test("counts sources and layouts right", async () => {
    const layouts = /^layout = (\[.*\])$/m.exec(
      readFileSync(join(ROOT, "plugins/signage-layouts/plugin.toml"), "utf8"),
    )?.[1];
    const { size } = await fieldTables(ROOT);
    expect(readme.prose).toContain(`${size} sources, ${(JSON.parse(layouts!) as string[]).length} layouts`);
  });

  test("shows the live table with the columns that it has", () => {
    const source = readFileSync(join(ROOT, "packages/cli/src/commands/signage/source-table.ts"), "utf8");
    const columns = [...source.matchAll(/\{ title: "([^"]+)"/g)].map(([, title]) => title);
    const table = readme.fences.find(({ note }) => note === "live table");
    expect(table?.text.split("\n")[0]?.split(/ {2,}/)).toEqual(columns);
  });
});
