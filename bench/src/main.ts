import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type BenchResult, formatResult, isMet, machineLine } from "./frame.ts";

/** Every benchmark, in the order of the table. A new one is a file that exports `run`, and a line here. */
const BENCHES: Record<string, () => Promise<{ run: () => Promise<BenchResult> }>> = {
  calls: () => import("./calls.ts"),
  services: () => import("./services.ts"),
  events: () => import("./events.ts"),
  schedule: () => import("./schedule.ts"),
  parallel: () => import("./parallel.ts"),
  discovery: () => import("./discovery.ts"),
  graph: () => import("./graph.ts"),
  start: () => import("./start.ts"),
  watching: () => import("./watching.ts"),
  reload: () => import("./reload/serving.ts"),
  load: () => import("./reload/load.ts"),
  decision: () => import("./reload/decision.ts"),
  diamond: () => import("./reload/diamond.ts"),
  crashes: () => import("./supervision/crash-loop.ts"),
  pictures: () => import("./pictures.ts"),
  protocol: () => import("./isolation/protocol.ts"),
  open: () => import("./isolation/open.ts"),
  limits: () => import("./isolation/limits.ts"),
  kill: () => import("./isolation/kill.ts"),
  tracing: () => import("./telemetry/tracing.ts"),
  wasm: () => import("./isolation/wasm.ts"),
  audit: () => import("./audit/append.ts"),
  durability: () => import("./durability/durability.ts"),
  power: () => import("./durability/power.ts"),
  faults: () => import("./watchdog/faults.ts"),
  shutdown: () => import("./watchdog/shutdown.ts"),
  "first-run": () => import("./repeater/first-run.ts"),
  runs: () => import("./repeater/runs.ts"),
  jobs: () => import("./repeater/jobs.ts"),
  "runs-memory": () => import("./repeater/runs-memory.ts"),
};

/** A benchmark that takes longer hangs. */
const LONGEST_MS = 600_000;

/** Runs the one benchmark named, in this process. */
const ONLY = "--only";

/** `node bench/src/main.ts [NAME…] [--json]`: each in a process of its own, so that none warms up or fills the heap of another. */
async function main(argv: readonly string[]): Promise<void> {
  const names = argv.filter((argument) => !argument.startsWith("--"));
  const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
  const all = Object.keys(BENCHES);
  if (unknown !== undefined) throw new Error(`There is no benchmark "${unknown}"; there are ${all.join(", ")}`);
  if (argv.includes(ONLY)) await printOne(names[0]!);
  else await printAll(names.length > 0 ? names : all, argv.includes("--json"));
}

async function printAll(names: readonly string[], isJson: boolean): Promise<void> {
  const results: BenchResult[] = [];
  if (!isJson) console.log(machineLine());
  for (const name of names) {
    const result = await runApart(name);
    results.push(result);
    if (!isJson) console.log(`\n${formatResult(result)}`);
  }
  if (isJson) console.log(JSON.stringify({ machine: machineLine(), results }));
  process.exitCode = results.every(isMet) ? 0 : 1;
}

async function runApart(name: string): Promise<BenchResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, ONLY, name], {
    timeout: LONGEST_MS,
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1)) as BenchResult;
}

async function printOne(name: string): Promise<void> {
  const { run } = await BENCHES[name]!();
  const result = JSON.stringify(await run());
  // What a benchmark leaves open must not hold up the others.
  process.stdout.write(`\n${result}\n`, () => process.exit());
}

await main(process.argv.slice(2));
