import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { systemClock } from "@berth/base";
import { composeEndpoint, DeadlineWheel, type Endpoint } from "@berth/kernel/calls";
import { CallScope } from "@berth/kernel/tracing";
import { openTracing, type Tracing } from "@berth/telemetry";
import { type BenchResult, type BenchRow, interleaved, runAlone } from "../frame.ts";

const ROUNDS = 15;
const CALLS = { empty: 20_000, ofOneMs: 40 };
const ONE_MS = 1;

/** A collector in a thread of its own, as it would be in a process of its own: it takes what comes and looks at nothing. */
const COLLECTOR = `
  const { createServer } = require("node:http");
  const { parentPort } = require("node:worker_threads");
  const server = createServer((request, response) => request.resume().on("end", () => response.end("{}")));
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;

type Work = () => Promise<undefined>;
type Call = Pick<Endpoint<number, undefined>, "call">;

/** What tracing adds to a call: switched off, and with every span sent to a collector. */
export async function run(): Promise<BenchResult> {
  await using opened = new AsyncDisposableStack();
  const wheel = opened.use(new DeadlineWheel(systemClock));
  const collector = new Worker(COLLECTOR, { eval: true });
  opened.defer(() => collector.terminate().then(() => undefined));
  const [port] = (await once(collector, "message")) as [number];
  const scope = new CallScope();
  const tracing = opened.use(openTo(port, scope));
  const ways = (work: Work): Record<"without" | "off" | "on", Call> => {
    const parts = { name: "source/bench", clock: systemClock, wheel };
    return {
      without: composeEndpoint<number, undefined>({ ...parts, invoke: work }),
      // As the inline tier does it in every host.
      off: composeEndpoint<number, undefined>({ ...parts, invoke: (_input, call) => scope.run(call, work) }),
      on: composeEndpoint<number, undefined>({
        ...parts,
        invoke: (_input, call) => scope.run(call, work),
        tracing: { tracer: tracing.tracer, scope, describe: () => ({ attributes: { "berth.source.id": "home" } }) },
      }),
    };
  };
  const empty = await measure(
    ways(async () => undefined),
    CALLS.empty,
  );
  const ofOneMs = await measure(ways(workOneMs), CALLS.ofOneMs);
  await tracing.flush();
  const { sent, dropped, failed } = tracing.counts;
  return {
    title: "What tracing adds to a call (OTLP to a collector on loopback)",
    rows: [
      { name: "endpoint that nobody could trace, empty call", value: empty.without, unit: "us" },
      share("tracing off adds to an empty call", empty.off - empty.without, 0.01),
      share("tracing on adds to an empty call, spans beyond the queue dropped", empty.on - empty.without, 0.05),
      { name: "a call of 1 ms, nobody could trace", value: ofOneMs.without, unit: "us" },
      times("a call of 1 ms, tracing off", ofOneMs.off, ofOneMs.without, 1.01),
      times("a call of 1 ms, tracing on", ofOneMs.on, ofOneMs.without, 1.05),
      { name: "spans sent", value: sent, unit: "spans" },
      { name: "spans lost", value: dropped + failed, unit: "spans" },
    ],
  };
}

function openTo(port: number, scope: CallScope): Tracing {
  return openTracing({
    settings: {
      exporter: "otlp",
      endpoint: `http://127.0.0.1:${port}/v1/traces`,
      headers: {},
      sampleRatio: 1,
      isParentBased: true,
      timeoutMs: 10_000,
      serviceName: "bench",
      resource: {},
      queue: 2_048,
      batch: 512,
      delayMs: 5_000,
    },
    scope,
    clock: systemClock,
    hostVersion: "0.0.0",
    mask: (text) => text,
    log: () => undefined,
    write: () => undefined,
  });
}

/** Microseconds a call. */
function measure(ways: Record<"without" | "off" | "on", Call>, calls: number) {
  return interleaved(ROUNDS, {
    without: () => timeCalls(ways.without, calls),
    off: () => timeCalls(ways.off, calls),
    on: () => timeCalls(ways.on, calls),
  });
}

async function timeCalls(endpoint: Call, calls: number): Promise<number> {
  const startedMs = performance.now();
  for (let n = 0; n < calls; n++) await endpoint.call(n);
  return ((performance.now() - startedMs) * 1_000) / calls;
}

/** Keeps the thread busy: what tracing adds is not hidden in a wait. */
async function workOneMs(): Promise<undefined> {
  const untilMs = performance.now() + ONE_MS;
  while (performance.now() < untilMs);
}

/** Of a call of 1 ms. */
function share(name: string, us: number, most: number): BenchRow {
  return { name, value: us, unit: "us", ratio: us / 1_000, target: `at most ${most} x 1 ms`, ok: us <= most * 1_000 };
}

function times(name: string, us: number, than: number, most: number): BenchRow {
  return { name, value: us, unit: "us", ratio: us / than, target: `at most ${most} x`, ok: us <= most * than };
}

if (import.meta.main) await runAlone(run);
