import { expect, test } from "vitest";
import { KnownModules } from "../scan/known-modules.ts";
import { createParser } from "./large-modules.ts";

const LARGE = Array.from(
  { length: 200 },
  (_, at) => `export function part${at}<T extends object>(of: T, text = "ä${at}"): T | undefined {
    return at${at % 7} > 3n ? ({ ...of, [text]: /x+/u } as T) : undefined;
  }\n`,
).join("");

test.for<[string, string, string]>([
  ["a module", "plugin.ts", `import { a, type B } from "./a.ts";\n${LARGE}export default process.kill(a);\n`],
  ["half of one", "plugin.ts", LARGE.slice(0, LARGE.length / 2)],
  [
    "a script",
    "plugin.js",
    `${LARGE.replaceAll(/<T.*?object>|: T \| undefined|: T| as T|export /g, "")}return require("./a");`,
  ],
  ["a small one", "plugin.ts", "export default eval(one);"],
])("The parser for large modules finds in %s what the usual one does", ([, file, text]) => {
  const [usual, large] = [new KnownModules(), new KnownModules(createParser())];
  expect(large.facts(file, text)).toEqual(usual.facts(file, text));
  expect(large.names(file, text)).toEqual(usual.names(file, text));
  expect(large.findings(file, text)).toEqual(usual.findings(file, text));
});
