import { execFileSync } from "node:child_process";
import { mkdtempDisposableSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writePlugins } from "./discovery/many-plugins.ts";

/** One line of a benchmark: what was measured, against what, and whether that is good enough. */
interface BenchRow {
  name: string;
  value: number;
  unit: string;
  /** To the limit or the peer named in the row. */
  ratio?: number;
  target?: string;
  ok?: boolean;
}

interface BenchResult {
  title: string;
  rows: BenchRow[];
}

const ROUNDS = 9;

interface Case {
  way: "stat" | "read" | "json" | "warm" | "cold";
  count: number;
  from: "source" | "bundle";
}

const CASES: Record<string, Case> = {
  stat1k: { way: "stat", count: 1_000, from: "bundle" },
  warm1k: { way: "warm", count: 1_000, from: "bundle" },
  json1k: { way: "json", count: 1_000, from: "bundle" },
  read1k: { way: "read", count: 1_000, from: "bundle" },
  cold1k: { way: "cold", count: 1_000, from: "bundle" },
  coldSource1k: { way: "cold", count: 1_000, from: "source" },
  stat10k: { way: "stat", count: 10_000, from: "bundle" },
  warm10k: { way: "warm", count: 10_000, from: "bundle" },
  json10k: { way: "json", count: 10_000, from: "bundle" },
};

/**
 * Discovery of 1,000 and 10,000 plugins beside the least any program has to do for it, each time in a fresh process, since that
 * is what a start is. The bundle is made as the product's is; its figures are the product's.
 */
export async function run(): Promise<BenchResult> {
  using folder = mkdtempDisposableSync(join(tmpdir(), "berth-bench-discovery-"));
  const probes = { source: join(import.meta.dirname, "discovery/probe.ts"), bundle: await bundleProbe(folder.path) };
  for (const count of [1_000, 10_000]) {
    writePlugins(join(folder.path, `${count}`), count);
    probe(probes.bundle, "prepare", folder.path, count, `${count}.index`);
  }
  const times = new Map(Object.keys(CASES).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, { way, count, from }] of Object.entries(CASES)) {
      const index = way === "cold" ? "cold.index" : `${count}.index`;
      times.get(name)!.push(probe(probes[from], way, folder.path, count, index));
      rmSync(join(folder.path, "cold.index"), { force: true });
    }
  }
  return { title: "Discovery", rows: rowsOf((name) => median(times.get(name)!)) };
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

function probe(script: string, way: string, folder: string, count: number, index: string): number {
  const output = execFileSync(process.execPath, [script, way, join(folder, `${count}`), join(folder, index)], {
    encoding: "utf8",
  });
  const result = JSON.parse(output) as { tookMs: number; count: number; read: number };
  const expectedReads = way === "cold" || way === "prepare" ? count : 0;
  if (result.count !== count || result.read !== expectedReads) {
    throw new Error(`Cannot measure "${way}" of ${count} plugins: it saw ${result.count} and read ${result.read}`);
  }
  return result.tookMs;
}

function rowsOf(ms: (name: string) => number): BenchRow[] {
  const row = (name: string, of: string, limit: string, ratioTarget?: number, msTarget?: number): BenchRow => {
    const value = ms(of);
    const ratio = value / ms(limit);
    const targets = [
      ...(ratioTarget === undefined ? [] : [`<= ${ratioTarget} x`]),
      ...(msTarget === undefined ? [] : [`< ${msTarget} ms`]),
    ];
    if (targets.length === 0) return { name, value, unit: "ms", ratio };
    const ok = ratio <= (ratioTarget ?? Infinity) && value < (msTarget ?? Infinity);
    return { name, value, unit: "ms", ratio, target: targets.join(", "), ok };
  };
  return [
    row("limit: readdir + stat of 1,000", "stat1k", "stat1k"),
    row("berth: 1,000, warm index, every manifest checked for change", "warm1k", "stat1k", 2.5, 50),
    row("peer: 1,000, one JSON file as index, every manifest checked", "json1k", "stat1k"),
    row("limit: readdir + read of 1,000", "read1k", "stat1k"),
    row("berth: 1,000 TOML manifests, cold, schema and all imports included", "cold1k", "read1k", undefined, 150),
    row("the same from TypeScript source", "coldSource1k", "read1k"),
    row("limit: readdir + stat of 10,000", "stat10k", "stat10k"),
    row("berth: 10,000, warm index, every manifest checked for change", "warm10k", "stat10k", 2.5, 250),
    row("peer: 10,000, one JSON file as index, every manifest checked", "json10k", "stat10k"),
  ];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
