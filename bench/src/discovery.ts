import { execFileSync } from "node:child_process";
import { mkdtempDisposableSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Measurement } from "./discovery/probe.ts";
import { writePlugins } from "./discovery/many-plugins.ts";
import { type BenchResult, type BenchRow, interleaved, runAlone } from "./frame.ts";

const ROUNDS = 9;

interface Case {
  way: "stat" | "read" | "json" | "warm" | "cold";
  count: number;
  from: "source" | "bundle";
  /** Whether Node.js keeps compiled code between starts, as Berth's launcher tells it to. */
  keepsCompiled?: true;
}

const CASES = {
  stat1k: { way: "stat", count: 1_000, from: "bundle" },
  warm1k: { way: "warm", count: 1_000, from: "bundle" },
  json1k: { way: "json", count: 1_000, from: "bundle" },
  read1k: { way: "read", count: 1_000, from: "bundle" },
  cold1k: { way: "cold", count: 1_000, from: "bundle" },
  coldCompiled1k: { way: "cold", count: 1_000, from: "bundle", keepsCompiled: true },
  coldSource1k: { way: "cold", count: 1_000, from: "source" },
  stat10k: { way: "stat", count: 10_000, from: "bundle" },
  warm10k: { way: "warm", count: 10_000, from: "bundle" },
  json10k: { way: "json", count: 10_000, from: "bundle" },
} satisfies Record<string, Case>;

type Times = Record<keyof typeof CASES, number>;

/**
 * Discovery of 1,000 and 10,000 plugins beside the least any program has to do for it, each time in a fresh process, since that
 * is what a start is. The bundle is made as the product's is; its figures are the product's.
 */
export async function run(): Promise<BenchResult> {
  using folder = mkdtempDisposableSync(join(tmpdir(), "berth-bench-discovery-"));
  const probes = { source: join(import.meta.dirname, "discovery/probe.ts"), bundle: await bundleProbe(folder.path) };
  for (const count of [1_000, 10_000]) {
    writePlugins(join(folder.path, `${count}`), count);
    probe(probes.bundle, "prepare", folder.path, count);
  }
  probe(probes.bundle, "cold", folder.path, 1_000, true);
  const measure = ({ way, count, from, keepsCompiled }: Case) =>
    Promise.resolve(probe(probes[from], way, folder.path, count, keepsCompiled));
  const cases = Object.fromEntries(Object.entries(CASES).map(([name, one]) => [name, () => measure(one)]));
  const times = await interleaved(ROUNDS, cases as Record<keyof Times, () => Promise<number>>);
  return { title: "Discovery, each in a fresh process", rows: rowsOf(times) };
}

async function bundleProbe(folder: string): Promise<string> {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(import.meta.dirname, "discovery/probe.ts")],
    bundle: true,
    format: "esm",
    platform: "node",
    minify: true,
    splitting: true,
    outdir: join(folder, "bundle"),
    outExtension: { ".js": ".mjs" },
    logLevel: "error",
  });
  return join(folder, "bundle/probe.mjs");
}

function probe(script: string, way: string, folder: string, count: number, keepsCompiled = false): number {
  const index = join(folder, way === "cold" ? "cold.index" : `${count}.index`);
  if (way === "cold") rmSync(index, { force: true });
  const env = keepsCompiled ? { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") } : process.env;
  const output = execFileSync(process.execPath, [script, way, join(folder, `${count}`), index], {
    encoding: "utf8",
    env,
  });
  const result = JSON.parse(output) as Measurement;
  const expectedReads = way === "cold" || way === "prepare" ? count : 0;
  if (result.count !== count || result.read !== expectedReads) {
    throw new Error(`Cannot measure "${way}" of ${count} plugins: it saw ${result.count} and read ${result.read}`);
  }
  return result.tookMs;
}

function rowsOf(ms: Times): BenchRow[] {
  return [
    { name: "limit: readdir + stat of 1,000", value: ms.stat1k, unit: "ms" },
    row("1,000 plugins, warm index, every manifest checked", ms.warm1k, ms.stat1k, { times: 2.5, ms: 50 }),
    row("the obvious cache: 1,000 in one JSON file, every manifest checked", ms.json1k, ms.stat1k),
    { name: "limit: readdir + read of 1,000", value: ms.read1k, unit: "ms" },
    row("1,000 TOML manifests, cold, with schema and all imports", ms.cold1k, ms.read1k, { ms: 150 }),
    row("the same with compiled code kept, as the launcher has it", ms.coldCompiled1k, ms.read1k, { ms: 150 }),
    row("the same from TypeScript source", ms.coldSource1k, ms.read1k),
    { name: "limit: readdir + stat of 10,000", value: ms.stat10k, unit: "ms" },
    row("10,000 plugins, warm index, every manifest checked", ms.warm10k, ms.stat10k, { times: 2.5, ms: 250 }),
    row("the obvious cache: 10,000 in one JSON file, every manifest checked", ms.json10k, ms.stat10k),
  ];
}

function row(name: string, value: number, limit: number, target?: { times?: number; ms: number }): BenchRow {
  const ratio = value / limit;
  if (target === undefined) return { name, value, unit: "ms", ratio };
  const { times = Infinity, ms } = target;
  const words = `${times === Infinity ? "" : `at most ${times} x, `}under ${ms} ms`;
  return { name, value, unit: "ms", ratio, target: words, ok: ratio <= times && value < ms };
}

if (import.meta.main) await runAlone(run);
