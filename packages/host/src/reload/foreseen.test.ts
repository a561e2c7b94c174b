import { expect, test } from "vitest";
import { modulesOnce } from "./foreseen.ts";

const MODULES = [
  { path: "plugin.ts", content: "c1", text: "export default a;" },
  { path: "a.ts", content: "c2", text: "export const a = 1;" },
];

test("modulesOnce tells modules that are what was copied, and keeps them for nobody", async () => {
  const modules = modulesOnce(
    Promise.resolve(MODULES),
    new Map([
      ["plugin.ts", "c1"],
      ["a.ts", "c2"],
      ["b", "c3"],
    ]),
  );
  expect(await modules()).toBe(MODULES);
  expect(modules()).toBeUndefined();
});

test.each<[string, Map<string, string> | undefined, typeof MODULES | undefined]>([
  [
    "one was saved again before it was copied",
    new Map([
      ["plugin.ts", "c1"],
      ["a.ts", "c4"],
    ]),
    MODULES,
  ],
  ["one is gone by now", new Map([["plugin.ts", "c1"]]), MODULES],
  ["nobody took a copy", undefined, MODULES],
  ["nothing was foreseen", new Map([["plugin.ts", "c1"]]), undefined],
])("modulesOnce tells none where %s", async (_what, contents, foreseen) => {
  expect(await modulesOnce(Promise.resolve(foreseen), contents)()).toBeUndefined();
});
