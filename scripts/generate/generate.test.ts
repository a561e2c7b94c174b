import { describe, expect, test } from "vitest";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import { findStale } from "./generate.ts";
import { table } from "./generated-file.ts";
import { generateErrorCodes } from "./reference/error-codes-page.ts";
import { generateLifecycle } from "./reference/lifecycle-page.ts";
import { generateSdkReference, sdkPage } from "./reference/sdk-page.ts";
import { readDeclarations } from "../source/declarations.ts";

test("findStale names what differs or is missing", () => {
  using tree = makeTemporaryTree({ "a.md": "same", "b.md": "old" });
  const files = ["a.md", "b.md", "c.md"].map((path) => ({ path, content: path === "b.md" ? "new" : "same" }));
  expect(findStale(tree.path, files).map(({ path }) => path)).toEqual(["b.md", "c.md"]);
});

test("table escapes pipes and joins lines", () => {
  expect(table(["a", "b"], [["1|2", "x\n  y"]])).toBe("| a | b |\n| --- | --- |\n| 1\\|2 | x y |");
});

test("the error code page has a row for a code, with fault, status and advice", () => {
  const [page] = generateErrorCodes().files;
  expect(page!.content).toContain(
    "| `PLUGIN_NOT_FOUND` | caller | 404 | no | Check the name and the plugin folders. |",
  );
});

test("the lifecycle page draws and lists every move", () => {
  const { content } = generateLifecycle().files[0]!;
  expect(content).toContain("  stopping --> unloaded: unload\n");
  expect(content).toContain("| failed | reset | unloaded |");
});

describe("the page of the SDK", () => {
  test("shows sentence, signature, errors and example, and links names", () => {
    const declarations = readDeclarations(
      `/**\n * Makes {@link B}, not {@link Other}.\n *\n * @throws TypeError when odd.\n * @example\n * make(1); // 2\n */\n` +
        `export async function make(a: number): Promise<B> {}\n/** Is made. */\nexport interface B { b: 1 }\n/** The most. */\nexport const MOST = 1;`,
    );
    expect(sdkPage(declarations).split("## Functions and constants\n")[1]).toBe(
      [
        "",
        "### `make`\n",
        "Makes [`B`](#b), not `Other`.\n",
        "```ts\nfunction make(a: number): Promise<B>;\n```\n",
        "Throws TypeError when odd.\n",
        "Example:\n\n```ts\nmake(1); // 2\n```\n",
        "### `MOST`\n",
        "The most.\n",
        "## Types\n",
        "### `B`\n",
        "Is made.\n",
        "```ts\ninterface B { b: 1 }\n```\n",
      ].join("\n"),
    );
  });

  test("follows index files into other packages, and refuses exports without a doc comment", () => {
    using tree = makeTemporaryTree({
      "packages/sdk/src/index.ts": `export type { A } from "@berth/contract";\nexport { b, type Gone } from "./b.ts";`,
      "packages/sdk/src/b.ts": `export const b = 1;`,
      "packages/contract/package.json": `{ "exports": { ".": "./src/index.ts" } }`,
      "packages/contract/src/index.ts": `export { type A, other } from "./deep/a.ts";`,
      "packages/contract/src/deep/a.ts": `/** From below. */\nexport type A = string;`,
    });
    const { files, problems } = generateSdkReference(tree.path);
    expect(files[0]!.content).toContain("### `A`\n\nFrom below.\n");
    expect(problems).toEqual([
      "packages/sdk/src/b.ts: b is exported by @berth/sdk and has no doc comment",
      "packages/sdk/src/b.ts: declares no Gone, which @berth/sdk exports",
    ]);
  });
});
