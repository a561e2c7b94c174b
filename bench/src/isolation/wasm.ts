import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Capabilities, type CallContext, type Channel, NO_GRANT } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import type { OpenRequest, Runner } from "@berth/kernel/runner";
import { WasmRunner } from "@berth/runners/wasm";
import { WorkerRunner } from "@berth/runners/worker";
import { type BenchResult, type BenchRow, interleaved, quantile, runAlone } from "../frame.ts";
import { isOnOneCore, runOnOneCore } from "./protocol-one-core.ts";
import { type Call, jcoCall, ownCall, rawCall } from "./wasm-calls.ts";
import { echoComponent, typescriptEcho } from "./wasm-components.ts";

const ROUNDS = 9;
const CALLS = { inThread: 50_000, roundTrip: 1_500, opens: 5 };
const MOST_OVER_RAW = 3;
const MOST_OVER_WORKER = 1.5;
/** Of the worker's cold open, which compiles a plugin of a few lines; a component of TypeScript brings its engine with it. */
const MOST_COLD = { wasm: 1.5, typescript: 2.5, warm: 2 };

/** About a hundred bytes. */
const INPUT = { city: "Reykjavik", temperature: -3.5, wind: [12, 270], note: "x".repeat(40) };
const JSON_INPUT = JSON.stringify([INPUT]);
const NEVER = new AbortController().signal;

/**
 * What a call into WebAssembly costs: in its own thread, and from the host's; and how long it takes until a plugin answers. On one
 * core where that can be had: whether the system puts two threads on one or on two decides more than all that is compared here.
 */
export async function run(): Promise<BenchResult> {
  return runOnOneCore(import.meta.filename, measure);
}

async function measure(): Promise<BenchResult> {
  await using owned = new AsyncDisposableStack();
  const echo = await echoComponent();
  const typescript = await typescriptEcho();
  owned.defer(() => rm(typescript.folder, { recursive: true }));
  const folder = await mkdtemp(join(tmpdir(), "berth-bench-wasm-"));
  owned.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "echo.wasm"), echo.component);
  await writeFile(join(folder, "typescript.wasm"), typescript.component);
  const requests = {
    worker: requestOf(typescript.folder, "plugin.ts"),
    wasm: requestOf(folder, "echo.wasm"),
    typescript: requestOf(folder, "typescript.wasm"),
  };
  return {
    title: `WebAssembly: a call of 100 bytes of JSON (CPU time), and opening a plugin${isOnOneCore() ? ", on one core" : ""}`,
    rows: [...(await inThread(echo)), ...(await fromHost(requests)), ...(await opening(requests))],
  };
}

type Requests = Record<"worker" | "wasm" | "typescript", OpenRequest>;

async function inThread({ core, component }: { core: Uint8Array; component: Uint8Array }): Promise<BenchRow[]> {
  const raw = await rawCall(core, JSON_INPUT);
  const own = await ownCall(component, JSON_INPUT);
  const jco = await jcoCall(component, JSON_INPUT);
  const us = await interleaved(ROUNDS, {
    raw: () => timeCalls(raw),
    own: () => timeCalls(own),
    jco: () => timeCalls(jco),
  });
  const ratio = us.own / us.raw;
  const target = `at most ${MOST_OVER_RAW} x a raw call`;
  return [
    { name: "raw call of the core module, texts copied in and out", value: us.raw, unit: "us" },
    {
      name: "call of the component, in its thread",
      value: us.own,
      unit: "us",
      ratio,
      target,
      ok: ratio <= MOST_OVER_RAW,
    },
    { name: "the same by jco 0.15", value: us.jco, unit: "us", ratio: us.jco / us.raw, target: "a raw call" },
  ];
}

async function fromHost(requests: Requests): Promise<BenchRow[]> {
  await using owned = new AsyncDisposableStack();
  const workers = owned.use(new WorkerRunner({ warm: 0 }));
  const components = owned.use(new WasmRunner({ warm: 0 }));
  const open = async (runner: Runner, request: OpenRequest) => echoOf(owned.use(await opened(runner, request)));
  const worker = await open(workers, requests.worker);
  const wasm = await open(components, requests.wasm);
  const typescript = await open(components, requests.typescript);
  for (const call of [worker, wasm, typescript]) await timeRoundTrips(call);
  const us = await interleaved(ROUNDS, {
    worker: () => timeRoundTrips(worker),
    wasm: () => timeRoundTrips(wasm),
    typescript: () => timeRoundTrips(typescript),
  });
  const ratio = us.wasm / us.worker;
  const target = `at most ${MOST_OVER_WORKER} x the worker`;
  return [
    { name: "round trip from the host, TypeScript in a worker", value: us.worker, unit: "us" },
    { name: "round trip, component by hand", value: us.wasm, unit: "us", ratio, target, ok: ratio <= MOST_OVER_WORKER },
    {
      name: "round trip, component of TypeScript",
      value: us.typescript,
      unit: "us",
      ratio: us.typescript / us.worker,
      target: "the worker",
    },
  ];
}

async function opening(requests: Requests): Promise<BenchRow[]> {
  const cold = await interleaved(CALLS.opens, {
    worker: () => timeOpen(() => new WorkerRunner({ warm: 0 }), requests.worker),
    wasm: () => timeOpen(() => new WasmRunner({ warm: 0 }), requests.wasm),
    typescript: () => timeOpen(() => new WasmRunner({ warm: 0 }), requests.typescript),
  });
  const warm = await timeWarmOpen(requests.typescript);
  const row = (name: string, value: number, most: number): BenchRow => {
    const ratio = value / cold.worker;
    return { name, value, unit: "ms", ratio, target: `at most ${most} x the worker`, ok: ratio <= most };
  };
  return [
    { name: "cold open to first answer, TypeScript in a worker", value: cold.worker, unit: "ms" },
    row("cold open, component by hand", cold.wasm, MOST_COLD.wasm),
    row("cold open, component of TypeScript", cold.typescript, MOST_COLD.typescript),
    row("open in a thread that was ready, component of TypeScript", warm, MOST_COLD.warm),
  ];
}

/** CPU time of both threads: on one core that is what a caller waits for, on a machine that nobody else uses. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function timeCalls(call: Call): Promise<number> {
  const startedUs = cpuUs();
  for (let index = 0; index < CALLS.inThread; index++) call();
  return (cpuUs() - startedUs) / CALLS.inThread;
}

async function timeRoundTrips(call: () => Promise<unknown>): Promise<number> {
  const startedUs = cpuUs();
  for (let index = 0; index < CALLS.roundTrip; index++) await call();
  return (cpuUs() - startedUs) / CALLS.roundTrip;
}

async function timeOpen(make: () => Runner & AsyncDisposable, request: OpenRequest): Promise<number> {
  await using runner = make();
  const startedMs = performance.now();
  await using channel = await opened(runner, request);
  await echoOf(channel)();
  return performance.now() - startedMs;
}

async function timeWarmOpen(request: OpenRequest): Promise<number> {
  await using runner = new WasmRunner({ warm: 1 });
  const times: number[] = [];
  for (let index = 0; index < CALLS.opens + 1; index++) {
    const startedMs = performance.now();
    await using channel = await opened(runner, request);
    await echoOf(channel)();
    times.push(performance.now() - startedMs);
    // The next thread is made ready behind all that goes on now.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return quantile(times.slice(1), 0.5);
}

async function opened(runner: Runner, request: OpenRequest): Promise<Channel> {
  const channel = await runner.open(request, NEVER);
  await channel.openInstance({ contribution: "service/probe", instanceId: "one", config: {} }, NEVER);
  return channel;
}

function echoOf(channel: Channel): () => Promise<unknown> {
  const call: CallContext = {
    signal: NEVER,
    deadline: Infinity,
    attempt: 1,
    caller: "app/bench",
    permissions: [],
    correlationId: "c-1234567",
  };
  const echo = channel.method("one", "echo");
  return () => echo([INPUT], call);
}

function requestOf(folder: string, entry: string): OpenRequest {
  const type = entry.endsWith(".wasm") ? "wasm" : "node";
  return {
    identity: { name: "probe", version: "1.0.0", provides: ["service/probe"] },
    manifest: manifestSchema.parse({
      plugin: { name: "probe", version: "1.0.0" },
      provides: { service: ["probe"] },
      runtime: { type, entry },
    }),
    folder,
    generation: 1,
    limits: {},
    grant: NO_GRANT,
    folders: { read: [], write: [] },
    dataFolder: folder,
    environment: {},
    onLimit: () => undefined,
    onOutput: () => undefined,
    capabilities: () => ({}) as Capabilities,
    now: () => Date.now(),
  };
}

if (import.meta.main) await runAlone(isOnOneCore() ? measure : run);
