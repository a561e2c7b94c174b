import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tier } from "@berth/contract";
import { createHost } from "@berth/host";
import { defaultHostConfig } from "@berth/kernel/config";
import { type BenchResult, type BenchRow, quantile, runAlone } from "../frame.ts";

/** One at the bottom, one at the top, all others between them. */
const PLUGINS = 100;
const MOST_MS = 2_000;
/** The first after a rest takes longer than those that follow: the system gives a hundred threads memory that it has to find. */
const ROUNDS = 5;

/** A change of a plugin that 99 others depend on: all are replaced, each once, in one transaction. */
export async function run(): Promise<BenchResult> {
  const rows = [...(await measureDiamond("inline")), ...(await measureDiamond("worker"))];
  return { title: `A diamond of ${PLUGINS} plugins, replaced as one`, rows };
}

async function measureDiamond(tier: Tier): Promise<BenchRow[]> {
  await using project = await mkdtempDisposable(join(tmpdir(), "berth-bench-diamond-"));
  const root = join(project.path, "plugins");
  const middle = Array.from({ length: PLUGINS - 2 }, (_, at) => `middle-${at}`);
  await writeLink(root, "bottom", []);
  for (const name of middle) await writeLink(root, name, ["bottom"]);
  await writeLink(root, "top-most", middle);
  const config = defaultHostConfig();
  const names = ["bottom", ...middle, "top-most"];
  config.plugins = Object.fromEntries(
    names.map((name) => [name, { enabled: true, isolation: tier, accept_unenforced: [] }]),
  );
  await using host = await createHost({
    roots: [{ kind: "folder", path: root, trust: "first-party" }],
    config,
    workingFolder: project.path,
    env: {},
    keepsVersions: true,
  });
  const { signal } = new AbortController();
  for (const name of names) await host.plugins.get(name).activate(signal);
  const tookMs: number[] = [];
  const heldMs: number[] = [];
  let once = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    await writeLink(root, "bottom", [], `changed ${round}`);
    const report = await host.reloads.reload("bottom");
    if (report.failed) throw report.failed.error;
    tookMs.push(report.tookMs);
    heldMs.push(report.heldMs);
    once += names.filter((name) => host.plugins.get(name).serving?.number === 1 + round).length;
  }
  const value = quantile(tookMs, 0.5);
  return [
    { name: `${tier}: all replaced, median`, value, unit: "ms", target: `<= ${MOST_MS}`, ok: value <= MOST_MS },
    { name: `${tier}: all replaced, longest`, value: Math.max(...tookMs), unit: "ms" },
    { name: `${tier}: calls held for, longest`, value: Math.max(...heldMs), unit: "ms" },
    {
      name: `${tier}: plugins replaced once`,
      value: once / ROUNDS,
      unit: "",
      target: `${PLUGINS}`,
      ok: once === PLUGINS * ROUNDS,
    },
  ];
}

async function writeLink(root: string, name: string, requires: readonly string[], label = "first"): Promise<void> {
  const folder = join(root, name);
  const needs = requires.map((need) => `${need} = "^1"`).join("\n");
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "plugin.toml"),
    `[plugin]\nname = "${name}"\nversion = "1.0.0"\n[provides]\nsource = ["${name}"]\n[runtime]\nentry = "plugin.js"\n[dependencies.requires]\n${needs}\n`,
  );
  await writeFile(
    join(folder, "plugin.js"),
    `import { definePlugin, defineSource } from "@berth/sdk";
let count = 0;
export default definePlugin({
  provides: [defineSource("${name}", { create: () => ({ fetch: async () => ({ title: "${label}", lines: [String(++count)] }) }) })],
  saveState: () => count,
  restoreState: (state) => { count = state; },
});
`,
  );
}

if (import.meta.main) await runAlone(run);
