import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import { checkReferences } from "./check-references.ts";
import { findPages, parsePage, readPage } from "./markdown.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGES = findPages(ROOT);

test("findPages finds the pages a newcomer reads", () => {
  expect(PAGES).toEqual(
    expect.arrayContaining(["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "docs/guide/first-plugin.md"]),
  );
});

test.each(PAGES)("every link, path and symbol that %s names is there", (file) => {
  expect(checkReferences(ROOT, readPage(ROOT, file))).toEqual([]);
});

describe("checkReferences", () => {
  const tree = makeTemporaryTree({
    "packages/a/src/a.ts": "export class A {\n  run(): void {}\n}\nconst hidden = 1;\n",
    "docs/b.md": "# Über `b` & more\n\n## Same\n\n## Same\n",
  });
  afterAll(() => tree[Symbol.dispose]());
  const check = (text: string): string[] => checkReferences(tree.path, parsePage("docs/page.md", text));

  test.each([
    ["[b](b.md)"],
    ["[b](b.md#über-b--more) [again](b.md#same-1)"],
    ["[`A`](../packages/a/src/a.ts) [`A.run()`](../packages/a/src/a.ts)"],
    ["[elsewhere](https://example.org/x#y)"],
    ["`packages/a/src/a.ts`, `packages/NAME/*`, `packages/a/dist/main.js`"],
    ["```md\n[gone](gone.md)\n```"],
  ])("is content with %j", (text) => {
    expect(check(text)).toEqual([]);
  });

  test.each([
    ["\n[c](c.md)", "docs/page.md:2 links to c.md, which does not exist"],
    ["[b](b.md#none)", "docs/page.md:1 links to b.md#none, which has no such heading"],
    ['<img src="c.png" width="4">', "docs/page.md:1 links to c.png, which does not exist"],
    ["[x](../../x.md)", "docs/page.md:1 links to ../../x.md, outside of the repository"],
    ["`packages/b`", "docs/page.md:1 names packages/b, which does not exist"],
    ["`GONE.md`", "docs/page.md:1 names GONE.md, which does not exist"],
    ["[`hidden`](../packages/a/src/a.ts)", "docs/page.md:1 names hidden, which packages/a/src/a.ts does not export"],
    ["[`A.stop`](../packages/a/src/a.ts)", "docs/page.md:1 names A.stop, which packages/a/src/a.ts does not have"],
  ])("complains of %j", (text, problem) => {
    expect(check(text)).toEqual([problem]);
  });
});
