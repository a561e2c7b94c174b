import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { KnownModules } from "../scan/known-modules.ts";
import { foreseenCheck, holdsFor } from "./foreseen-check.ts";

const ENTRY = "export default 1;";
const found = new Map<string, string | boolean>([
  ["plugin.toml", "[plugin]"],
  ["plugin.ts", ENTRY],
  ["a", false],
  ["a.wasm", true],
]);
const check = foreseenCheck({ id: 7, modules: 1, entry: "plugin.ts" }, found, new KnownModules());

function copyWith(changes: Record<string, string | undefined>): Map<string, string> {
  const files = { "plugin.toml": "[plugin]", "plugin.ts": ENTRY, "a.wasm": "any", "README.md": "any", ...changes };
  const there = Object.entries(files).filter((file): file is [string, string] => file[1] !== undefined);
  return new Map(there.map(([path, text]) => [path, hash("sha256", text)]));
}

test("foreseenCheck tells what it depends on, and the modules as they run", () => {
  expect(check).toEqual({
    id: 7,
    modules: 1,
    seen: new Map<string, string | boolean>([
      ["plugin.toml", hash("sha256", "[plugin]")],
      ["plugin.ts", hash("sha256", ENTRY)],
      ["a", false],
      ["a.wasm", true],
    ]),
    texts: [{ path: "plugin.ts", text: ENTRY }],
  });
});

test.each<[string, Record<string, string | undefined>, boolean]>([
  ["of the same files", {}, true],
  ["in which something differs that nobody looked at", { "README.md": "other", "a.wasm": "other" }, true],
  ["in which a module differs", { "plugin.ts": `${ENTRY} ` }, false],
  ["in which the manifest differs", { "plugin.toml": "" }, false],
  ["without a file that was read", { "plugin.ts": undefined }, false],
  ["without a file that was there", { "a.wasm": undefined }, false],
  ["with a file that was not there", { a: "" }, false],
])("holdsFor a copy %s", (_what, changes, holds) => {
  expect(holdsFor(check, copyWith(changes))).toBe(holds);
});
