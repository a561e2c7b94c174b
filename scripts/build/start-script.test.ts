import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import { bundle } from "./bundle.ts";
import { asGuestScript, asScript } from "./start-script.ts";

let tree: ReturnType<typeof makeTemporaryTree>;
beforeEach(async () => {
  tree = makeTemporaryTree({
    "package.json": `{ "type": "module" }`,
    "package-lock.json": "{}",
    "src/shared.ts": `export class Shared {}`,
    "src/late.ts": `import { Shared } from "./shared.ts";\nexport const isSame = (value: unknown) => value instanceof Shared;`,
    "src/main.ts": `import { Shared } from "./shared.ts";
      export const start = async (): Promise<boolean> => (await import("./late.ts")).isSame(new Shared());
      export const place = import.meta.url;
      export function fail(): never { throw new Error("as it should"); }`,
    "src/other.ts": `export { Shared } from "./shared.ts";`,
  });
  await bundle({
    root: tree.path,
    entries: { main: "src/main.ts", other: "src/other.ts" },
    startOf: "main",
    startBy: "start",
    outFolder: "dist",
    external: [],
  });
});
afterEach(() => tree[Symbol.dispose]());

const START = `const { start } = await import("./dist/main.js"); console.log(await start());`;

test("asScript makes a module that exports, imports and fails as the one it was made of", () => {
  const script = `const { start, place, fail } = await import("./dist/main.js");
const { Shared } = await import("./dist/other.js");
console.log(await start(), place, Shared.name);
try { fail(); } catch (error) { console.log(/main\\.ts:4/.test(error.stack)); }`;
  const place = pathToFileURL(join(tree.path, "dist/main.js")).href;
  expect(run(script, "--enable-source-maps")).toBe(`true ${place} Shared\ntrue\n`);
});

test("asScript refuses what only a module can do", async () => {
  for (const line of ["const name=import.meta.dirname;", "const name=path=>import(path);", "const name='é';"]) {
    const files = new Map([["one.js", `${line}export{name};\n//# sourceMappingURL=one.js.map\n`]]);
    await expect(asScript(files, "one.js", "name")).rejects.toThrow("Cannot make a script of one.js");
  }
});

test("asGuestScript makes a module that runs a script for the host's code, and imports any other", async () => {
  const guest = `var load=path=>import(path),place=import.meta.url;export{load,place as at};\n//# sourceMappingURL=guest.js.map\n`;
  const files = await asGuestScript(
    new Map([
      ["guest.js", guest],
      ["guest.js.map", `{"mappings":"AAAA"}`],
    ]),
    "guest.js",
  );
  const names = [...files.keys()];
  expect(names).toEqual(["guest.js", expect.stringMatching(/^guest-\w{16}\.cjs$/), `${names[1]}.map`]);
  for (const [name, text] of files) writeFileSync(join(tree.path, name), text);
  writeFileSync(join(tree.path, "thread.js"), IN_THREAD);
  expect(run(START_THREADS)).toBe("true true join\ntrue false join\n");
});

const IN_THREAD = `import { parentPort, workerData } from "node:worker_threads";
import { at, load } from "./guest.js";
const { join } = await load("node:path");
const told = [at === new URL("guest.js", import.meta.url).href, workerData.compile !== undefined, join.name].join(" ");
parentPort.postMessage({ told, compiled: workerData.compile?.() });`;

const START_THREADS = `import { Worker } from "node:worker_threads";
let compiled;
for (let n = 0; n < 2; n++) {
  const thread = new Worker(new URL("thread.js", import.meta.url), { workerData: { compiled } });
  const message = await new Promise((resolve) => thread.once("message", resolve));
  compiled = message.compiled;
  console.log(message.told);
}`;

test("runScript keeps the code of a start for the next process, which leaves it as it is [RPT-128]", () => {
  run(START);
  const [file] = keptCode();
  const written = statSync(file!, { bigint: true }).mtimeNs;
  expect(run(START)).toBe("true\n");
  expect(statSync(file!, { bigint: true }).mtimeNs).toBe(written);
});

test("runScript keeps the code of a process that does not start, until one does", () => {
  run(`await import("./dist/main.js");`);
  expect(keptCode()).toEqual([expect.stringMatching(/\.loaded$/)]);
  run(START);
  expect(keptCode()).toEqual([expect.stringMatching(/\.loaded$/), expect.stringMatching(/\.started$/)]);
});

test("runScript keeps nothing where Node.js keeps nothing", () => {
  expect(run(START, "--no-warnings", { NODE_DISABLE_COMPILE_CACHE: "1" })).toBe("true\n");
  expect(keptCode()).toEqual([]);
});

test("runScript passes over kept code that is cut off or something else, and keeps it anew", () => {
  run(START);
  const [file] = keptCode();
  const whole = readFileSync(file!);
  for (const damage of [
    () => truncateSync(file!, 500),
    () => writeFileSync(file!, "no code"),
    () => truncateSync(file!),
  ]) {
    damage();
    expect(run(START)).toBe("true\n");
    expect(readFileSync(file!).length).toBe(whole.length);
  }
});

function keptCode(): string[] {
  const cache = join(tree.path, "cache");
  const names = existsSync(cache) ? readdirSync(cache, { recursive: true, encoding: "utf8" }) : [];
  return names
    .filter((name) => /\.(?:loaded|started)$/.test(name))
    .map((name) => join(cache, name))
    .sort();
}

function run(script: string, flag = "--no-warnings", env: Record<string, string> = {}): string {
  writeFileSync(join(tree.path, "script.mjs"), script);
  const { stdout, stderr, status } = spawnSync(process.execPath, [flag, "script.mjs"], {
    cwd: tree.path,
    encoding: "utf8",
    // A run with coverage switches the cache off.
    env: {
      ...process.env,
      NODE_DISABLE_COMPILE_CACHE: undefined,
      NODE_COMPILE_CACHE: join(tree.path, "cache"),
      ...env,
    },
  });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return stdout;
}
