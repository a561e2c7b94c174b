import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PluginTree } from "../../test/plugin-tree.ts";
import { nodeFileSystem } from "./file-system.ts";

function read(file: string, maxBytes: number, size = nodeFileSystem.stat(file)!.size): string {
  const stat = Object.assign(nodeFileSystem.stat(file)!, { size });
  return Buffer.from(nodeFileSystem.read(file, stat, maxBytes)).toString();
}

test("nodeFileSystem.read gives a file's content and no more than one byte over the limit", () => {
  using tree = new PluginTree();
  const file = tree.write("a", "0123456789");
  expect([read(file, 10), read(file, 4), read(tree.write("empty", ""), 10)]).toEqual(["0123456789", "01234", ""]);
});

test("nodeFileSystem.read reads to the end of a file that has become longer or shorter", () => {
  using tree = new PluginTree();
  const text = "0123456789".repeat(1_000);
  const file = tree.write("a", text);
  expect([0, 1, 100, 9_999, 20_000].map((size) => read(file, 50_000, size))).toEqual([text, text, text, text, text]);
  expect(read(file, 100, 3)).toBe(text.slice(0, 101));
});

test("nodeFileSystem.read follows no link and waits for no pipe that took the file's place", () => {
  using tree = new PluginTree();
  tree.write("secret", "secret");
  tree.link("link", "secret");
  execFileSync("mkfifo", [tree.at("pipe")]);
  expect(() => read(tree.at("link"), 10)).toThrow("ELOOP");
  expect(read(tree.at("pipe"), 10)).toBe("");
});

test("nodeFileSystem.stat knows no entry below a file, and looks at links themselves", () => {
  using tree = new PluginTree();
  appendFileSync(tree.at("file"), "x");
  tree.link("link", "file");
  expect(nodeFileSystem.stat(tree.at("file/below"))).toBeUndefined();
  expect(nodeFileSystem.stat(tree.at("missing"))).toBeUndefined();
  expect(nodeFileSystem.stat(tree.at("link"))?.isSymbolicLink()).toBe(true);
});
