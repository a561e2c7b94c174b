import { hash } from "node:crypto";
import type { ForeseenCheck } from "@berth/registry/checker";
import { expect, test } from "vitest";
import { modulesOnce, whereItHolds } from "./foreseen.ts";

const TEXT = "export default 1;";
const CHECK: ForeseenCheck = {
  id: 1,
  modules: 1,
  seen: new Map([["plugin.ts", hash("sha256", TEXT)]]),
  texts: [{ path: "plugin.ts", text: TEXT }],
};

test("modulesOnce tells modules as they were found, and keeps them for nobody", async () => {
  const modules = modulesOnce(Promise.resolve(CHECK));
  expect(await modules()).toBe(CHECK.texts);
  expect(modules()).toBeUndefined();
});

test("modulesOnce tells none of what took too long", async () => {
  expect(await modulesOnce(Promise.reject(new Error("too long")))()).toBeUndefined();
});

test.each<[string, ForeseenCheck | undefined, Map<string, string> | undefined, ForeseenCheck | undefined]>([
  ["it is what was copied", CHECK, new Map(CHECK.seen as Map<string, string>), CHECK],
  ["a module was saved again before it was copied", CHECK, new Map([["plugin.ts", "other"]]), undefined],
  ["nobody took a copy", CHECK, undefined, undefined],
  ["nothing was foreseen", undefined, new Map(), undefined],
])("whereItHolds tells what was foreseen, or nothing, where %s", async (_what, check, contents, expected) => {
  expect(await whereItHolds(Promise.resolve(check), contents)).toBe(expected);
});
