import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { type BenchResult, interleaved, runAlone } from "./frame.ts";

/** Where the built command is; `npm run bench` builds it first. */
const DIST = new URL("../../packages/cli/dist/", import.meta.url);
const LAUNCHER = new URL("../../packages/cli/bin/berth.js", import.meta.url).pathname;

const ROUNDS = 31;
const INDEX_TRUSTS_AFTER_MS = 2_500;
const PLUGINS = 10;
const MOST_ADDED_MS = 10;
const MOST_FOR_VERSION = 1.5;
const MOST_TO_FIRST_ANSWER_MS = 100;

/**
 * What Berth adds to the start of a process: whole processes, from spawn to exit, each in turn with an empty module. The host has
 * ten plugins whose manifests are indexed; code is compiled into Node's cache before, as it is after the first start of a command.
 */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), "berth-bench-start-"));
  try {
    const scripts = await prepare(folder);
    // An index does not trust what changed less than two seconds before it was read; then every start reads it again.
    await setTimeout(INDEX_TRUSTS_AFTER_MS);
    for (const script of Object.values(scripts)) for (let warm = 0; warm < 3; warm++) await runNode(script);
    const { empty, version, host, load } = await interleaved(ROUNDS, {
      empty: () => runNode(scripts.empty),
      version: () => runNode(scripts.version),
      host: () => runNode(scripts.host),
      load: () => runNode(scripts.load),
    });
    const added = host - empty;
    const first = load - host;
    return {
      title: `Start of a process, milliseconds, medians of ${ROUNDS}`,
      rows: [
        { name: "an empty module (limit)", value: empty, unit: "ms" },
        {
          name: "berth --version",
          value: version,
          unit: "ms",
          ratio: version / empty,
          target: `<= ${MOST_FOR_VERSION} x the empty module`,
          ok: version <= MOST_FOR_VERSION * empty,
        },
        { name: `a host with ${PLUGINS} plugins, indexed`, value: host, unit: "ms", ratio: host / empty },
        {
          name: "  of which Berth",
          value: added,
          unit: "ms",
          target: `<= ${MOST_ADDED_MS} ms`,
          ok: added <= MOST_ADDED_MS,
        },
        { name: "  and with one plugin loaded and asked", value: load, unit: "ms", ratio: load / empty },
        {
          name: "  of which load to first answer",
          value: first,
          unit: "ms",
          target: `< ${MOST_TO_FIRST_ANSWER_MS} ms`,
          ok: first < MOST_TO_FIRST_ANSWER_MS,
        },
      ],
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Scripts {
  empty: string[];
  version: string[];
  host: string[];
  load: string[];
}

async function prepare(folder: string): Promise<Scripts> {
  await writePlugins(join(folder, "plugins"));
  const cache = JSON.stringify(join(folder, "compiled"));
  const start = `process.getBuiltinModule("node:module").enableCompileCache(${cache});
const { createHost } = await import(${JSON.stringify(new URL("host.js", DIST).href)});
const host = await createHost({
  roots: [{ kind: "folder", path: ${JSON.stringify(join(folder, "plugins"))}, trust: "first-party" }],
  dataFolder: ${JSON.stringify(join(folder, "data"))},
});
if (host.plugins.plugins.length !== ${PLUGINS}) throw new Error("not all plugins were found");
`;
  const answer = `const call = { signal: new AbortController().signal, deadline: Infinity, attempt: 1, caller: "bench", permissions: [], correlationId: "1" };
const instance = host.instance({ contribution: "source/plugin-3", instanceId: "one" });
const content = await instance.method("fetch")([], call);
if (content.title !== "Hello") throw new Error("no answer");
`;
  const write = async (name: string, text: string): Promise<string[]> => {
    await writeFile(join(folder, name), text);
    return [join(folder, name)];
  };
  return {
    empty: await write("empty.mjs", "process.exit(0);\n"),
    version: [LAUNCHER, "--version"],
    host: await write("host.mjs", `${start}process.exit(0);\n`),
    load: await write("load.mjs", `${start}${answer}process.exit(0);\n`),
  };
}

async function writePlugins(root: string): Promise<void> {
  for (let i = 0; i < PLUGINS; i++) {
    const folder = join(root, `plugin-${i}`);
    await mkdir(join(folder, "src"), { recursive: true });
    const manifest = `[plugin]\nname = "plugin-${i}"\nversion = "1.0.0"\n\n[provides]\nsource = ["plugin-${i}"]\n`;
    await writeFile(join(folder, "plugin.toml"), manifest);
    await writeFile(
      join(folder, "src", "plugin.ts"),
      `import { definePlugin, defineSource, fields } from "@berth/sdk";
export default definePlugin({
  provides: [
    defineSource("plugin-${i}", {
      config: fields({ name: { type: "string", default: "you" } }),
      create: (config) => ({ fetch: async () => ({ title: "Hello", lines: [config.name] }) }),
    }),
  ],
});
`,
    );
  }
}

/** @returns milliseconds from spawn to exit. */
function runNode(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) => {
      if (code === 0) resolve(performance.now() - startedMs);
      else reject(new Error(`node ${args.join(" ")} ended with ${code}`));
    });
  });
}

if (import.meta.main) await runAlone(run);
