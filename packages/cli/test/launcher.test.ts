import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const CLI = join(import.meta.dirname, "..");
const PINNED = realpathSync(process.execPath);

/** Stands in for the command: says what it was given, on which Node.js, and ends as asked. */
const MAIN = `
export async function main(args: string[]): Promise<number> {
  if (args[0] === "signal") { process.kill(process.pid, args[1]); await new Promise(() => setTimeout(() => {}, 5_000)); }
  if (args[0] === "wait") {
    let count = 0;
    const heard = new Promise<string>((resolve) => {
      for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => { count++; setTimeout(() => resolve(name), 100); });
    });
    const idle = setTimeout(() => {}, 20_000);
    console.log("ready");
    console.log(await heard, count);
    clearTimeout(idle);
    return 143;
  }
  const input = args[0] === "echo" ? (await Array.fromAsync(process.stdin)).join("") : undefined;
  console.log(JSON.stringify({ args, input, version: process.versions.node, from: "WHERE" }));
  return Number(args[1] ?? 0);
}
`;

let tree: string;
let launcher: string;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), "berth-launcher-"));
  cpSync(join(CLI, "bin"), join(tree, "repo/packages/cli/bin"), { recursive: true });
  cpSync(join(CLI, "package.json"), join(tree, "repo/packages/cli/package.json"));
  mkdirSync(join(tree, "repo/packages/cli/src"));
  writeFileSync(join(tree, "repo/packages/cli/src/main.ts"), MAIN.replace("WHERE", "source"));
  // Where npm would have put it.
  mkdirSync(join(tree, "repo/node_modules"));
  symlinkSync(dirname(dirname(PINNED)), join(tree, "repo/node_modules", basename(dirname(dirname(PINNED)))));
  launcher = join(tree, "repo/packages/cli/bin/berth.js");
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

const OLD = findOldNode();
const interpreters = [
  { name: "the pinned Node.js", node: PINNED },
  ...(OLD ? [{ name: "an older Node.js", node: OLD }] : []),
];

describe.each(interpreters)("berth.js started by $name", ({ node }) => {
  test("answers --version and -V from package.json alone", () => {
    const { version } = JSON.parse(readFileSync(join(CLI, "package.json"), "utf8")) as { version: string };
    for (const flag of ["--version", "-V"]) {
      // Alone in a folder without anything else: nothing more is needed.
      const bare = join(tree, "bare", flag);
      cpSync(launcher, join(bare, "bin/berth.js"));
      cpSync(join(CLI, "package.json"), join(bare, "package.json"));
      expect(run(node, [join(bare, "bin/berth.js"), flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    }
  });

  test("runs main on the pinned Node.js, with its arguments, input and exit code", () => {
    const outcome = run(node, [launcher, "echo", "3", "--flag", "a b"], "typed");
    expect({ ...outcome, stdout: JSON.parse(outcome.stdout) as unknown }).toEqual({
      code: 3,
      stdout: { args: ["echo", "3", "--flag", "a b"], input: "typed", version: process.versions.node, from: "source" },
      stderr: "",
    });
  });

  test("prefers what is built, unless told otherwise", () => {
    const built = join(tree, "repo/packages/cli/dist/main.js");
    mkdirSync(dirname(built), { recursive: true });
    writeFileSync(built, `export const main = async () => { console.log("built"); return 0; };`);
    try {
      expect(run(node, [launcher]).stdout).toBe("built\n");
      expect(run(node, [launcher], "", { BERTH_FROM_SOURCE: "1" }).stdout).toContain("source");
    } finally {
      rmSync(dirname(built), { recursive: true });
    }
  });

  test("builds first, in a clone where nothing is built, and does without where that fails", () => {
    const scripts = join(tree, "repo/scripts");
    const built = join(tree, "repo/packages/cli/dist/main.js");
    const text = `export const main = async () => { console.log("built"); return 0; };`;
    mkdirSync(scripts);
    try {
      writeFileSync(
        join(scripts, "build.ts"),
        `import { mkdirSync, writeFileSync } from "node:fs"; console.log("at work");
         mkdirSync("packages/cli/dist"); writeFileSync("packages/cli/dist/main.js", ${JSON.stringify(text)});`,
      );
      expect(run(node, [launcher], "", { BERTH_FROM_SOURCE: "1" }).stderr).toBe("");
      const stderr = "Building Berth, once in a clone:\nat work\n";
      expect(run(node, [launcher])).toEqual({ code: 0, stdout: "built\n", stderr });
      expect(run(node, [launcher])).toEqual({ code: 0, stdout: "built\n", stderr: "" });
      rmSync(dirname(built), { recursive: true });
      writeFileSync(join(scripts, "build.ts"), "process.exit(1);");
      expect(run(node, [launcher]).stdout).toContain("source");
    } finally {
      rmSync(scripts, { recursive: true });
      rmSync(dirname(built), { recursive: true, force: true });
    }
  });

  test.each(["SIGTERM", "SIGINT"] as const)("passes %s on once and waits for the command to end", async (signal) => {
    const child = spawn(node, [launcher, "wait"], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = outcomeOf(child);
    await once(child.stdout, "data");
    child.kill(signal);
    expect(await ended).toEqual({ code: 143, signal: null, stdout: `ready\n${signal} 1\n` });
  });

  test("ends by the signal that ended the command", async () => {
    const child = spawn(node, [launcher, "signal", "SIGKILL"], { stdio: ["ignore", "pipe", "inherit"] });
    expect(await outcomeOf(child)).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  test("leaves compiled code in the user's cache folder", () => {
    const cache = join(tree, "cache", basename(node), process.versions.node);
    run(node, [launcher], "", { XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: "" });
    expect(existsSync(join(cache, "berth/compiled"))).toBe(true);
  });
});

describe.each(OLD ? [OLD] : [])("berth.js on an older Node.js without a pinned one (%s)", (old) => {
  test("says in one line what it needs", () => {
    cpSync(join(tree, "repo/packages"), join(tree, "elsewhere/packages"), { recursive: true });
    const outcome = run(old, [join(tree, "elsewhere/packages/cli/bin/berth.js"), "signage", "run"]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(/^Cannot run berth on Node\.js [\d.]+, it needs 24\.15 or newer: [^\n]+\n$/);
  });
});

if (!OLD) console.info("The launcher was not tried on an older Node.js: none older than 24.15 is on PATH");

function run(node: string, args: string[], input = "", env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(node, args, {
    input,
    encoding: "utf8",
    // Measuring coverage switches the cache of compiled code off.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: undefined, BERTH_FROM_SOURCE: "", ...env },
  });
  return { code: status, stdout, stderr };
}

async function outcomeOf(child: ChildProcess) {
  let stdout = "";
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, stdout };
}

/** A Node.js of this machine that is too old for Berth and new enough to start the launcher. */
function findOldNode(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"];
  return folders
    .map((folder) => join(folder, "node"))
    .filter((path) => existsSync(path))
    .find((path) => {
      const version = spawnSync(path, ["--version"], { encoding: "utf8" }).stdout?.match(/^v(\d+)\.(\d+)/);
      const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
      return major >= 18 && (major < 24 || (major === 24 && minor < 15));
    });
}
