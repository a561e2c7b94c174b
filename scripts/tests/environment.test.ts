import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import { putSlowFirst } from "./slow-first.ts";

test("children that tests spawn as node run on the Node.js of the tests", () => {
  const { stdout } = spawnSync("node", ["--print", "process.execPath"], { encoding: "utf8" });
  expect(realpathSync(stdout.trim())).toBe(realpathSync(process.execPath));
});

test("putSlowFirst starts kill loops and tests with the tag before the others", () => {
  using tree = makeTemporaryTree({
    "a.test.ts": `test("a", () => {});`,
    "b-kill.test.ts": `test("b", () => {});`,
    "c.test.ts": `test("c", { tags: ["slow"] }, () => {});`,
  });
  const files = ["a.test.ts", "b-kill.test.ts", "c.test.ts"].map((name) => ({ moduleId: join(tree.path, name), name }));
  expect(putSlowFirst(files).map(({ name }) => name)).toEqual(["b-kill.test.ts", "c.test.ts", "a.test.ts"]);
});
