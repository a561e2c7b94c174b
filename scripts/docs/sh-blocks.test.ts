import { join } from "node:path";
import { expect, test } from "vitest";
import { findPages, readPage } from "./markdown.ts";
import { commandsOf, NOT_RUN, runBlocks } from "./sh-blocks.ts";

const ROOT = join(import.meta.dirname, "../..");
const BLOCKS = new Map(findPages(ROOT).map((file) => [file, commandsOf(readPage(ROOT, file))]));

const toRun = [...BLOCKS]
  .map(
    ([file, blocks]) => [file, blocks.map((lines) => lines.filter((line) => !Object.hasOwn(NOT_RUN, line)))] as const,
  )
  .filter(([, blocks]) => blocks.some((lines) => lines.length > 0));

test("the README and the guides show commands", () => {
  expect(toRun.map(([file]) => file)).toEqual(expect.arrayContaining(["README.md", "docs/guide/signage.md"]));
});

test.each(toRun)("the commands that %s shows work", { tags: ["slow"] }, (_file, blocks) => {
  const { status, output } = runBlocks(ROOT, blocks);
  expect({ status, output: status === 0 ? "" : output }).toEqual({ status: 0, output: "" });
});

test("every command that is not run is still shown, and has its reason", () => {
  const shown = new Set([...BLOCKS.values()].flat(2));
  expect(Object.keys(NOT_RUN).filter((line) => !shown.has(line))).toEqual([]);
  expect(Object.values(NOT_RUN).every((reason) => reason !== "")).toBe(true);
});
