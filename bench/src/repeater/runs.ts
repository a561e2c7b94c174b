import { execFile } from "node:child_process";
import { existsSync, mkdtempDisposableSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { type BenchResult, type BenchRow, quantile, runAlone } from "../frame.ts";
import type { RunsMeasurement } from "./probe.child.ts";

const ROUNDS = 5;
const SECONDS = 1;
const LARGE_MB = 1_024;
const PEER_RUNS = 800;
const LEAST_OF_VFORK = 0.8;
const LEAST_OF_SPAWN = 1.8;
const MOST_BUSY = 0.1;

const call = promisify(execFile);

/**
 * Runs of `true` back to back, output captured: the shell executor of `rpr` beside Node's own `execFile`, C with `vfork`, bash and
 * hyperfine, in turn; and both in a host of 1 GB. The program that starts commands is the build's (`npm run bench`); a shell does it where there is none. Peers that are not installed are left out, and so is what is measured by them.
 */
export async function run(): Promise<BenchResult> {
  using folder = mkdtempDisposableSync(join(tmpdir(), "berth-bench-runs-"));
  const ways: Record<string, () => Promise<RunsMeasurement>> = {
    ...(await peers(folder.path)),
    "node execFile": () => probe("execFile", 0),
    rpr: () => probe("kept", 0),
    "rpr by a shell": () => probe("shell", 0),
    "node execFile, host of 1 GB": () => probe("execFile", LARGE_MB),
    "rpr, host of 1 GB": () => probe("kept", LARGE_MB),
  };
  const found = new Map(Object.keys(ways).map((name) => [name, [] as RunsMeasurement[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) found.get(name)!.push(await way());
  }
  return { title: "Runs of `true`, one after the other, output captured", rows: rowsOf(found) };
}

async function peers(folder: string): Promise<Record<string, () => Promise<RunsMeasurement>>> {
  const found: Record<string, () => Promise<RunsMeasurement>> = {};
  const rate = (perSecond: number): RunsMeasurement => ({ perSecond, busyUs: Number.NaN });
  if (isInstalled("gcc")) {
    const program = join(folder, "vfork");
    await call("gcc", ["-O2", "-o", program, join(import.meta.dirname, "vfork.c")]);
    found["C with vfork"] = async () => rate(Number((await call(program, [String(SECONDS)])).stdout));
  }
  if (isInstalled("bash")) {
    const script = `for ((i = 0; i < ${PEER_RUNS}; i++)); do x=$(exec true); done`;
    found["bash loop"] = async () => {
      const start = performance.now();
      await call("bash", ["--norc", "-c", script]);
      return rate((PEER_RUNS * 1_000) / (performance.now() - start));
    };
  }
  if (isInstalled("hyperfine")) {
    const json = join(folder, "hyperfine.json");
    const words = [
      "-N",
      "--warmup",
      "50",
      "--runs",
      String(PEER_RUNS),
      "--style",
      "none",
      "--export-json",
      json,
      "true",
    ];
    found["hyperfine -N"] = async () => {
      await call("hyperfine", words);
      const { results } = JSON.parse(readFileSync(json, "utf8")) as { results: { mean: number }[] };
      return rate(1 / results[0]!.mean);
    };
  }
  return found;
}

function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

async function probe(way: "kept" | "shell" | "execFile", ballastMb: number): Promise<RunsMeasurement> {
  const script = join(import.meta.dirname, "probe.child.ts");
  const { stdout } = await call(process.execPath, [script, way, String(SECONDS), String(ballastMb)], {
    timeout: 60_000,
  });
  return JSON.parse(stdout) as RunsMeasurement;
}

function rowsOf(found: ReadonlyMap<string, readonly RunsMeasurement[]>): BenchRow[] {
  const median = (name: string, what: keyof RunsMeasurement): number =>
    quantile(
      found.get(name)!.map((one) => one[what]),
      0.5,
    );
  const rate = (name: string): BenchRow => ({ name, value: median(name, "perSecond"), unit: "runs/s" });
  const against = (name: string, peer: string, least: number): BenchRow => {
    const ratio = median(name, "perSecond") / median(peer, "perSecond");
    return { ...rate(name), ratio, target: `at least ${least} x ${peer}`, ok: ratio >= least };
  };
  const beside = (name: string, other: string): BenchRow => ({
    ...rate(name),
    ratio: median(name, "perSecond") / median(other, "perSecond"),
  });
  const busy = (name: string, peer?: string): BenchRow => {
    const row = { name: `event loop busy: ${name}`, value: median(name, "busyUs"), unit: "µs a run" };
    if (peer === undefined) return row;
    const ratio = row.value / median(peer, "busyUs");
    return { ...row, ratio, target: `at most ${MOST_BUSY} x ${peer}`, ok: ratio <= MOST_BUSY };
  };
  const [node, large, largeNode] = ["node execFile", "rpr, host of 1 GB", "node execFile, host of 1 GB"];
  const hasLimit = found.has("C with vfork");
  return [
    ...[...found.keys()].filter((name) => !name.startsWith("rpr")).map(rate),
    ...(hasLimit ? [against("rpr", "C with vfork", LEAST_OF_VFORK)] : [rate("rpr")]),
    beside("rpr by a shell", "rpr"),
    against("rpr", node, LEAST_OF_SPAWN),
    ...(hasLimit ? [against(large, "C with vfork", LEAST_OF_VFORK)] : [rate(large)]),
    against(large, largeNode, LEAST_OF_SPAWN),
    busy(node),
    busy("rpr", node),
    busy(largeNode),
    busy(large, largeNode),
  ];
}

if (import.meta.main) await runAlone(run);
