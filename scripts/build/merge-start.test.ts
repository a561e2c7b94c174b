import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mergeStart } from "./merge-start.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-merge-"));
});
afterEach(() => rm(folder, { recursive: true }));

const SOURCES = {
  "shared.ts": `export class Shared {}\nexport const same = (value: unknown) => value instanceof Shared;`,
  "both.ts": `export { Shared, same } from "./shared.ts";\nexport const name = "both";`,
  "late.ts": `import { Shared } from "./shared.ts";\nexport const made = new Shared();\nexport const name = "late";`,
  "one.ts": `import { Shared, same, name } from "./both.ts";\nexport { Shared, name };\nexport const check = async () => same((await import("./late.ts")).made);`,
  "two.ts": `export { name } from "./both.ts";\nexport const late = () => import("./late.ts");`,
};

async function bundle(): Promise<Map<string, string>> {
  for (const [name, text] of Object.entries(SOURCES)) await writeFile(join(folder, name), text);
  const built = await build({
    absWorkingDir: folder,
    entryPoints: ["one.ts", "two.ts"],
    outdir: "out",
    chunkNames: "chunk-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    sourcemap: "linked",
    metafile: true,
    write: false,
  });
  const files = new Map(built.outputFiles.map((file) => [file.path.split("/").at(-1)!, file.text]));
  for (const [name, text] of await mergeStart(built, "one.js")) files.set(name, text);
  return files;
}

test("mergeStart puts all that an entry imports at first into its file", async () => {
  const files = await bundle();
  expect(files.get("one.js")).toContain("Shared");
  expect(files.get("one.js")).not.toMatch(/(?:import|from) *"/);
});

test("mergeStart keeps one copy of what the merged file and the rest share", async () => {
  const files = await bundle();
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  await writeFile(join(folder, "package.json"), `{ "type": "module" }`);
  const one = (await import(/* @vite-ignore */ pathToFileURL(join(folder, "one.js")).href)) as {
    check(): Promise<boolean>;
    name: string;
  };
  const two = (await import(/* @vite-ignore */ pathToFileURL(join(folder, "two.js")).href)) as {
    late(): Promise<{ name: string }>;
    name: string;
  };
  expect(await one.check()).toBe(true);
  expect([one.name, two.name, (await two.late()).name]).toEqual(["both", "both", "late"]);
});
