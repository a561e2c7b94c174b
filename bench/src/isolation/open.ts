import { chmod, mkdir, mkdtempDisposable, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CallContext, type Channel, NO_GRANT } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import type { OpenRequest, Runner } from "@berth/kernel/runner";
import { ProcessRunner } from "@berth/runners/process";
import { WorkerRunner } from "@berth/runners/worker";
import { type BenchResult, type BenchRow, interleaved, quantile, runAlone } from "../frame.ts";

const ROUNDS = 10;
const IDLE_WORKERS = 8;
/** A spare is there long before; a bench may wait where a test may not. */
const REFILL_MS = 400;
const MIB = 1_048_576;

const PLUGIN = `
import { definePlugin, defineService } from "@berth/sdk";
export default definePlugin({
  provides: [defineService("echo", { create: () => ({ methods: { echo: (input) => input } }) })],
});
`;

const never = new AbortController().signal;
const call: CallContext = {
  signal: never,
  deadline: Infinity,
  attempt: 1,
  caller: "bench",
  correlationId: "b",
  permissions: [],
};

/** How long a plugin takes from nothing to its first answer, and what it holds while it rests. */
export async function run(): Promise<BenchResult> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-bench-open-"));
  await chmod(folder.path, 0o755);
  const request = await openRequest(folder.path, "js");
  const typescript = await openRequest(folder.path, "ts");
  await using cold = owned({ worker: new WorkerRunner({ warm: 0 }), process: new ProcessRunner({ warm: 0 }) });
  await using warm = owned({ worker: new WorkerRunner({ warm: 1 }), process: new ProcessRunner({ warm: 1 }) });
  // The machine is probed once, and the pools fill after a first plugin.
  for (const runner of [cold.worker, cold.process, warm.worker, warm.process]) {
    await timeToAnswer(runner, request);
    await timeToAnswer(runner, typescript);
  }
  await sleep(REFILL_MS);
  const fromPool = async (runner: Runner, which = request): Promise<number> => {
    const ms = await timeToAnswer(runner, which);
    await sleep(REFILL_MS);
    return ms;
  };
  const times = await interleaved(ROUNDS, {
    coldWorker: () => timeToAnswer(cold.worker, request),
    coldProcess: () => timeToAnswer(cold.process, request),
    coldWorkerTypes: () => timeToAnswer(cold.worker, typescript),
    coldProcessTypes: () => timeToAnswer(cold.process, typescript),
    warmWorker: () => fromPool(warm.worker),
    warmProcess: () => fromPool(warm.process),
    warmWorkerTypes: () => fromPool(warm.worker, typescript),
    warmProcessTypes: () => fromPool(warm.process, typescript),
    // Nothing is known of its text, and no compiler is loaded.
    firstProcessTypes: async () => {
      await using first = new ProcessRunner({ warm: 0 });
      await timeToAnswer(first, request);
      return await timeToAnswer(first, typescript);
    },
  });
  return {
    title: "Opening a plugin: from the request to its first answer, and what it holds at rest",
    rows: [
      row("worker, cold", times.coldWorker, "ms", 60),
      row("sandboxed process, cold", times.coldProcess, "ms", 75),
      row("worker, cold, in TypeScript", times.coldWorkerTypes, "ms", 60),
      row("sandboxed process, cold, in TypeScript", times.coldProcessTypes, "ms", 75),
      row("sandboxed process, cold, the first in TypeScript", times.firstProcessTypes, "ms", 75),
      row("worker, from the warm pool", times.warmWorker, "ms", 5),
      row("worker, from the warm pool, in TypeScript", times.warmWorkerTypes, "ms", 5),
      row("sandboxed process, from the warm pool", times.warmProcess, "ms", 12),
      row("sandboxed process, from the warm pool, in TypeScript", times.warmProcessTypes, "ms", 12),
      row("worker at rest", await idleWorkerMb(cold.worker, request), "MiB", 10),
      row("worker at rest, in TypeScript", await idleWorkerMb(cold.worker, typescript), "MiB", 10),
      row("sandboxed process at rest", await idleProcessMb(cold.process, request), "MiB", 50),
    ],
  };
}

function row(name: string, value: number, unit: string, most: number): BenchRow {
  return { name, value, unit, target: `≤ ${most} ${unit}`, ok: value <= most };
}

function owned<Runners extends Record<string, AsyncDisposable>>(runners: Runners): Runners & AsyncDisposable {
  return {
    ...runners,
    [Symbol.asyncDispose]: async () => {
      for (const runner of Object.values(runners)) await runner[Symbol.asyncDispose]();
    },
  };
}

async function timeToAnswer(runner: Runner, request: OpenRequest): Promise<number> {
  const startedMs = performance.now();
  await using _channel = await openAndAsk(runner, request);
  return performance.now() - startedMs;
}

async function openAndAsk(runner: Runner, request: OpenRequest): Promise<Channel> {
  const channel = await runner.open(request, never);
  await channel.initialize(never);
  await channel.start(never);
  await channel.openInstance({ contribution: "service/echo", instanceId: "e", config: {} }, never);
  await channel.method("e", "echo")([1], call);
  return channel;
}

/** Resident memory that a worker adds to this process, the mean of several. */
async function idleWorkerMb(runner: Runner, request: OpenRequest): Promise<number> {
  await using channels = new AsyncDisposableStack();
  channels.use(await openAndAsk(runner, request));
  await sleep(REFILL_MS);
  const before = process.memoryUsage.rss();
  for (let n = 0; n < IDLE_WORKERS; n++) channels.use(await openAndAsk(runner, request));
  await sleep(REFILL_MS);
  return (process.memoryUsage.rss() - before) / IDLE_WORKERS / MIB;
}

/** Memory of a process and its launchers that is theirs alone or shared in part: the proportional set size. */
async function idleProcessMb(runner: Runner, request: OpenRequest): Promise<number> {
  const values: number[] = [];
  for (let round = 0; round < 3; round++) {
    const before = new Set(await descendants());
    await using _channel = await openAndAsk(runner, request);
    await sleep(REFILL_MS);
    const own = (await descendants()).filter((pid) => !before.has(pid));
    const sizes = await Promise.all(own.map(proportionalKb));
    values.push(sizes.reduce((sum, kb) => sum + kb, 0) / 1_024);
  }
  return quantile(values, 0.5);
}

/** Processes that this one has started, and those that they have: the machine has others that come and go meanwhile. */
async function descendants(): Promise<string[]> {
  const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const children = Map.groupBy(await Promise.all(all.map(parentOf)), ({ parent }) => parent);
  const found = [String(process.pid)];
  // What is found is looked at in its turn.
  for (const one of found) found.push(...(children.get(one) ?? []).map(({ pid }) => pid));
  return found.slice(1);
}

async function parentOf(pid: string): Promise<{ pid: string; parent: string | undefined }> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name, in brackets, may hold anything.
  return { pid, parent: text.slice(text.lastIndexOf(")") + 2).split(" ")[1] };
}

async function proportionalKb(pid: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
}

async function openRequest(folder: string, ending: "js" | "ts"): Promise<OpenRequest> {
  const data = join(folder, `data-${ending}`);
  const code = join(folder, `echo-${ending}`);
  const entry = `plugin.${ending}`;
  await mkdir(data);
  await mkdir(code);
  await writeFile(join(code, entry), ending === "ts" ? PLUGIN.replace("(input)", "(input: never)") : PLUGIN);
  await writeFile(join(code, "package.json"), '{"type":"module"}');
  return {
    identity: { name: "echo", version: "1.0.0", provides: ["service/echo"] },
    manifest: manifestSchema.parse({
      plugin: { name: "echo", version: "1.0.0" },
      provides: { service: ["echo"] },
      runtime: { entry },
    }),
    folder: code,
    generation: 1,
    grant: NO_GRANT,
    limits: {},
    folders: { read: [], write: [] },
    dataFolder: data,
    environment: {},
    onLimit: () => undefined,
    onOutput: () => undefined,
    capabilities: () => ({}) as never,
    now: () => Date.now(),
  };
}

if (import.meta.main) await runAlone(run);
