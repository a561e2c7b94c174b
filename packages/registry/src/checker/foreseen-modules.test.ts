import { expect, test } from "vitest";
import { KnownModules } from "../scan/known-modules.ts";
import { foreseenModules } from "./foreseen-modules.ts";

const TYPED = "export const a: 1 = 1;";
const PLAIN = "export default 1;";

const foreseen = (texts: Record<string, string>, entry: string) =>
  foreseenModules(new Map(Object.entries(texts)), entry, new KnownModules());

test("foreseenModules gives the entry and what is in TypeScript, as Node.js runs it", () => {
  expect(foreseen({ "plugin.js": PLAIN, "lib/a.mts": TYPED, "b.js": PLAIN, "c.json": "1" }, "plugin.js")).toEqual([
    { path: "plugin.js", text: PLAIN },
    { path: "lib/a.mts", text: "export const a    = 1;" },
  ]);
});

test.each<[string, Record<string, string>]>([
  ["the entry is a script", { "plugin.js": "module.exports = 1;" }],
  ["Node.js does not run what has such a name", { "plugin.jsx": PLAIN }],
  ["something needs more than blanks", { "plugin.ts": PLAIN, "a.ts": "export enum A { B }" }],
  ["it is more than is worth handing on", { "plugin.ts": PLAIN, "a.ts": `${PLAIN}//${"x".repeat(262_144)}` }],
])("foreseenModules gives nothing where %s", (_what, texts) => {
  expect(foreseen(texts, Object.keys(texts)[0]!)).toBeUndefined();
});
