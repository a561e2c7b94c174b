import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PluginTree } from "../../test/plugin-tree.ts";
import { nodeFileSystem } from "./file-system.ts";

test("nodeFileSystem.read gives a file's content and no more than one byte over the limit", () => {
  using tree = new PluginTree();
  const file = tree.write("a", "0123456789");
  expect(Buffer.from(nodeFileSystem.read(file, 10).content).toString()).toBe("0123456789");
  expect(Buffer.from(nodeFileSystem.read(file, 4).content).toString()).toBe("01234");
  expect(nodeFileSystem.read(tree.write("empty", ""), 10).content).toHaveLength(0);
});

test("nodeFileSystem.read reads to the end of a file that says it is shorter", () => {
  // Files of /proc are of size 0 and have content.
  const { stat, content } = nodeFileSystem.read("/proc/self/status", 100_000);
  expect(stat.size).toBe(0);
  expect(Buffer.from(content).toString()).toMatch(/^Name:[^]*nonvoluntary_ctxt_switches:\t\d+\n$/);
});

test("nodeFileSystem.read follows no link and waits for no pipe", () => {
  using tree = new PluginTree();
  tree.write("secret", "");
  tree.link("link", "secret");
  execFileSync("mkfifo", [tree.at("pipe")]);
  expect(() => nodeFileSystem.read(tree.at("link"), 10)).toThrow("ELOOP");
  expect(() => nodeFileSystem.read(tree.at("pipe"), 10)).toThrow("no regular file");
});

test("nodeFileSystem.stat knows no entry below a file, and looks at links themselves", () => {
  using tree = new PluginTree();
  appendFileSync(tree.at("file"), "x");
  tree.link("link", "file");
  expect(nodeFileSystem.stat(tree.at("file/below"))).toBeUndefined();
  expect(nodeFileSystem.stat(tree.at("missing"))).toBeUndefined();
  expect(nodeFileSystem.stat(tree.at("link"))?.isSymbolicLink()).toBe(true);
});
