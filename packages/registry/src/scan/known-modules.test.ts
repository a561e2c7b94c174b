import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkModules } from "./check-modules.ts";
import { KnownModules } from "./known-modules.ts";

/** Of one module: whole, cut, with what it did not do before, with a name that is gone. */
const TEXTS = [
  "export default 1;\n",
  "export default help();\nfunction help() {}\n",
  "export default help();\n",
  "export default eval('1');\n",
  "export default {",
  "",
];

test("KnownModules changes nothing of what a check finds, whatever was looked at before", async () => {
  await using at = await mkdtempDisposable(join(tmpdir(), "berth-known-"));
  const [folder, before] = [join(at.path, "now"), join(at.path, "before")];
  const write = (where: string, text: string): void => {
    rmSync(where, { recursive: true, force: true });
    mkdirSync(where);
    writeFileSync(join(where, "plugin.toml"), "[plugin]\n");
    writeFileSync(join(where, "plugin.ts"), text);
    writeFileSync(join(where, "other.ts"), TEXTS[0]!);
  };
  const known = new KnownModules();
  for (const former of TEXTS) {
    for (const text of TEXTS) {
      write(before, former);
      write(folder, `import "./other.ts";\n${text}`);
      const options = { entry: "plugin.ts", before };
      const fresh = await checkModules(folder, options);
      expect(await checkModules(folder, { ...options, known })).toEqual(fresh);
      expect(await checkModules(folder, { ...options, known })).toEqual(fresh);
    }
  }
});

test("KnownModules works out a text once, by file, and forgets what the check before did not ask for", () => {
  const known = new KnownModules();
  const [text] = TEXTS;
  const facts = known.facts("a.ts", text!);
  known.rest();
  expect(known.facts("a.ts", text!)).toBe(facts);
  expect(known.facts("b.ts", text!)).not.toBe(facts);
  known.rest();
  known.rest();
  expect(known.facts("a.ts", text!)).not.toBe(facts);
});
