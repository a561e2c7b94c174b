import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import { checkImports } from "./check-imports.ts";
import { GROUP_RULES, PACKAGE_RULES } from "./rules.ts";

const manifest = (name: string, dependencies: string[] = [], exports: Record<string, string> = {}): string =>
  JSON.stringify({
    name: `@berth/${name}`,
    exports,
    dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, "1.0.0"])),
  });

/** A workspace in which every rule is kept. */
const GOOD = {
  "package.json": JSON.stringify({ devDependencies: { vitest: "5.1.0" } }),
  "packages/base/package.json": manifest("base", [], { ".": "./src/index.ts" }),
  "packages/base/src/index.ts": `export { clock } from "./clock.ts";`,
  "packages/base/src/clock.ts": `import { hrtime } from "node:process";\nexport const clock = hrtime;`,
  "packages/base/src/clock.test.ts": `import { test } from "vitest";\nimport { clock } from "./clock.ts";`,
  "packages/contract/package.json": manifest("contract", ["@berth/base", "zod"], { ".": "./src/index.ts" }),
  "packages/contract/src/index.ts": `import { clock } from "@berth/base";\nimport * as z from "zod";`,
  "packages/kernel/package.json": manifest("kernel", ["@berth/contract"], { "./calls": "./src/calls.ts" }),
  "packages/kernel/src/calls.ts": `import type { A } from "@berth/contract";`,
  "packages/kernel/src/private.ts": `export {};`,
  "packages/sdk/package.json": manifest("sdk", [], { ".": "./src/index.ts" }),
  "packages/sdk/src/index.ts": `export {};`,
  "packages/testing/package.json": manifest("testing", [], { ".": "./src/index.ts" }),
  "packages/testing/src/index.ts": `export {};`,
  "plugins/weather/package.json": manifest("plugin-weather", ["@berth/sdk"]),
  "plugins/weather/src/plugin.ts": `import { definePlugin } from "@berth/sdk";\nawait import("./lazy.ts");`,
  "plugins/weather/src/lazy.ts": `export {};`,
  "plugins/weather/test/plugin.test.ts": `import "@berth/testing";\nimport "node:fs";\nimport "vitest";`,
  "examples/plugins/clock/src/plugin.ts": `import { definePlugin } from "@berth/sdk";`,
};

function problemsWith(change: Record<string, string>): string[] {
  using tree = makeTemporaryTree({ ...GOOD, ...change });
  return checkImports(tree.path).problems;
}

test("checkImports passes a workspace that keeps the rules, and counts what it saw", () => {
  using tree = makeTemporaryTree(GOOD);
  expect(checkImports(tree.path)).toEqual({ problems: [], units: 7, files: 12, imports: 13 });
});

describe("checkImports refuses", () => {
  test.for<[string, Record<string, string>, string]>([
    [
      "an import from a higher layer",
      {
        "packages/base/package.json": manifest("base", ["@berth/contract"], { ".": "./src/index.ts" }),
        "packages/base/src/clock.ts": `import type { A } from "@berth/contract";\nexport const clock = 1;`,
      },
      "packages/base/src/clock.ts:1 imports @berth/contract: base may import only nothing",
    ],
    [
      "an import that spans lines",
      { "packages/sdk/src/index.ts": `import {\n  calls,\n} from\n  "@berth/kernel/calls";` },
      "packages/sdk/src/index.ts:1 imports @berth/kernel/calls: sdk may import only @berth/base, @berth/contract, @berth/protocol",
    ],
    [
      "an export from a higher layer",
      { "packages/sdk/src/index.ts": `export * from "@berth/kernel/calls";` },
      "packages/sdk/src/index.ts:1 imports @berth/kernel/calls: sdk may import only @berth/base, @berth/contract, @berth/protocol",
    ],
    [
      "a dynamic import from a higher layer",
      { "packages/sdk/src/index.ts": `await import("@berth/kernel/calls");` },
      "packages/sdk/src/index.ts:1 imports @berth/kernel/calls: sdk may import only @berth/base, @berth/contract, @berth/protocol",
    ],
    [
      "the test kit outside tests",
      { "plugins/weather/src/lazy.ts": `import "@berth/testing";` },
      "plugins/weather/src/lazy.ts:1 imports @berth/testing: plugins may import only @berth/sdk",
    ],
    [
      "a plugin that imports the contract",
      { "examples/plugins/clock/src/plugin.ts": `import "@berth/contract";` },
      "examples/plugins/clock/src/plugin.ts:1 imports @berth/contract: plugins may import only @berth/sdk",
    ],
    [
      "a plugin that imports a builtin",
      { "plugins/weather/src/lazy.ts": `import { readFile } from "node:fs/promises";` },
      "plugins/weather/src/lazy.ts:1 imports node:fs/promises: a plugin reaches the world only through its context",
    ],
    [
      "a plugin that fetches a builtin",
      { "plugins/weather/src/lazy.ts": `process.getBuiltinModule("fs");` },
      "plugins/weather/src/lazy.ts:1 imports fs: a plugin reaches the world only through its context",
    ],
    [
      "a plugin that imports a third party",
      { "plugins/weather/src/lazy.ts": `import "zod";` },
      "plugins/weather/src/lazy.ts:1 imports zod: a plugin imports nothing but @berth/sdk",
    ],
    [
      "a plugin that computes an import",
      { "plugins/weather/src/lazy.ts": `await import("node:" + "fs");` },
      "plugins/weather/src/lazy.ts:1 computes what it imports: a plugin names its modules",
    ],
    [
      "a relative import that leaves the package",
      { "packages/contract/src/index.ts": `import "../../base/src/clock.ts";\nimport "zod";` },
      "packages/contract/src/index.ts:1 imports ../../base/src/clock.ts, which lies outside packages/contract",
    ],
    [
      "a relative import into a plugin among the examples",
      { "examples/embed.ts": `import "./plugins/clock/src/plugin.ts";` },
      "examples/embed.ts:1 imports ./plugins/clock/src/plugin.ts, which belongs to examples/plugins/clock",
    ],
    [
      "a relative import of nothing",
      { "packages/sdk/src/index.ts": `import "./gone.ts";` },
      "packages/sdk/src/index.ts:1 imports ./gone.ts, which does not exist",
    ],
    [
      "a subpath that is not exported",
      {
        "apps/signage/package.json": manifest("signage", ["@berth/kernel"]),
        "apps/signage/src/index.ts": `import "@berth/kernel/src/private.ts";`,
      },
      "apps/signage/src/index.ts:1 imports @berth/kernel/src/private.ts, but @berth/kernel exports only ./calls",
    ],
    [
      "a package that does not exist",
      { "packages/sdk/src/index.ts": `import "@berth/basis";` },
      "packages/sdk/src/index.ts:1 imports @berth/basis, but no folder here is the package @berth/basis",
    ],
    [
      "an import by its own name",
      { "packages/base/src/clock.ts": `import "@berth/base";\nexport const clock = 1;` },
      "packages/base/src/clock.ts:1 imports @berth/base, its own package: use a relative path",
    ],
    [
      "an undeclared package",
      { "packages/base/src/clock.ts": `import * as z from "zod";\nexport const clock = 1;` },
      "packages/base/src/clock.ts:1 imports zod, which packages/base/package.json does not declare",
    ],
    [
      "an undeclared package of our own",
      { "packages/kernel/package.json": manifest("kernel", [], { "./calls": "./src/calls.ts" }) },
      "packages/kernel/src/calls.ts:1 imports @berth/contract, which packages/kernel/package.json does not declare",
    ],
    [
      "a development dependency outside tests",
      { "packages/base/src/clock.ts": `import "vitest";\nexport const clock = 1;` },
      "packages/base/src/clock.ts:1 imports vitest, which packages/base/package.json does not declare",
    ],
    [
      "a builtin without its prefix",
      { "packages/sdk/src/index.ts": `import "fs";` },
      "packages/sdk/src/index.ts:1 imports fs: write node:fs",
    ],
    [
      "a circle of files",
      { "packages/base/src/clock.ts": `import "./index.ts";\nexport const clock = 1;` },
      "packages/base/src/clock.ts imports itself in a circle: packages/base/src/clock.ts → packages/base/src/index.ts → packages/base/src/clock.ts",
    ],
    [
      "a package without a rule",
      { "packages/newcomer/src/index.ts": `export {};` },
      "packages/newcomer: no rule names it; add it to scripts/imports/rules.ts",
    ],
    [
      "an export of nothing",
      { "packages/sdk/package.json": manifest("sdk", [], { ".": "./src/index.ts", "./gone": "./src/gone.ts" }) },
      `packages/sdk/package.json: exports "./gone" as ./src/gone.ts, which does not exist`,
    ],
    [
      "a file it cannot read",
      { "packages/sdk/src/index.ts": `const a = "no end\n` },
      "packages/sdk/src/index.ts: cannot be read: line 1: a string has no end",
    ],
  ])("%s", ([, change, problem]) => {
    expect(problemsWith(change)).toEqual([problem]);
  });

  test("a folder with nothing to check", () => {
    using empty = makeTemporaryTree({ "package.json": "{}", "packages/base/src/index.ts": "export {};" });
    expect(checkImports(empty.path).problems).toEqual([
      `found no imports to check under ${empty.path}: is this the repository's root?`,
    ]);
  });
});

test("this repository keeps the rules: base, contract, kernel, applications and plugins each in their place [SIG-3]", () => {
  expect(checkImports(join(import.meta.dirname, "../..")).problems).toEqual([]);
});

test("the rules let no layer reach itself through others", () => {
  const rules = { ...PACKAGE_RULES, apps: GROUP_RULES.apps };
  const below = (name: string, path: string[]): void => {
    expect(path, `${name} is above itself`).not.toContain(name);
    for (const next of rules[name as keyof typeof rules]?.mayImport ?? []) below(next, [...path, name]);
  };
  for (const name of ["cli", "testing", "plugins"]) below(name, []);
});
