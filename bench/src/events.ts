import { EventEmitter, once } from "node:events";
import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tier } from "@berth/contract";
import { createHost, type Host } from "@berth/host";
import { createEventBus, type EventBus } from "@berth/kernel/events";
import { defaultHostConfig } from "@berth/kernel/config";
import { type BenchResult, type BenchRow, interleaved, runAlone } from "./frame.ts";

const ROUNDS = 5;
/** Half of what a queue holds: nothing is lost, and those who hear are waited for between the bursts. */
const BURST = 500;
const BURSTS = 20;
const LISTENERS = 10;
/** Subscribed to by others: the bus must not look at them. */
const OTHERS = 1_000;

const DATA = { id: "weather", outcome: "success", durationMs: 12, attempts: 1 };

/** Subscribes so often as its configuration says, and tells when a burst has been heard by all. */
const PLUGIN = `
  import { defineEvent, definePlugin } from "@berth/sdk";
  export default definePlugin({
    provides: [defineEvent("unused", { create: () => ({ subjects: [], handle: () => undefined }) })],
    start: async (ctx) => {
      let heard = 0;
      const hear = () => {
        if (++heard % ${BURST * LISTENERS} === 0) ctx.events.publish("bench.heard");
      };
      for (let n = 0; n < ${LISTENERS}; n++) await ctx.events.subscribe("run.*", hear);
    },
  });`;

/** Publications a second to ten listeners: the bus alone, plugins beside the host, plugins in a thread; and Node's own emitter. */
export async function run(): Promise<BenchResult> {
  await using opened = new AsyncDisposableStack();
  const inline = await openHost("inline", opened);
  const worker = await openHost("worker", opened);
  const rates = await interleaved(ROUNDS, {
    emitter: overEmitter,
    bus: () => overBus(0),
    crowded: () => overBus(OTHERS),
    inline: () => overHost(inline),
    worker: () => overHost(worker),
  });
  const beside = (name: string, value: number): BenchRow => ({
    name,
    value,
    unit: "publications/s",
    ratio: value / rates.emitter,
    target: "of EventEmitter",
  });
  return {
    title: `Publications a second to ${LISTENERS} listeners, in bursts of ${BURST} that are waited for`,
    rows: [
      { name: "node:events EventEmitter, called at once (limit)", value: rates.emitter, unit: "publications/s" },
      beside("Berth's bus, queues and all", rates.bus),
      beside(`the same beside ${OTHERS} other subscriptions`, rates.crowded),
      beside("ten listeners of an inline plugin, a copy each", rates.inline),
      beside("ten listeners of a worker plugin, one message each publication", rates.worker),
    ],
  };
}

async function overEmitter(): Promise<number> {
  const emitter = new EventEmitter();
  const counter = countBursts(() => undefined);
  for (let n = 0; n < LISTENERS; n++) emitter.on("run.finished", counter.hear);
  return timed(async () => {
    for (let n = 0; n < BURST; n++) emitter.emit("run.finished", DATA);
  });
}

async function overBus(others: number): Promise<number> {
  const bus = createEventBus({ onListenerError: fail, onDropped: fail });
  let done: () => void = () => undefined;
  const counter = countBursts(() => done());
  for (let n = 0; n < LISTENERS; n++) bus.subscribe({ owner: "host", pattern: "run.*" }, counter.hear);
  for (let n = 0; n < others; n++) bus.subscribe({ owner: "host", pattern: `other.${n}.>` }, fail);
  return timed(async () => {
    const heard = new Promise<void>((resolve) => (done = resolve));
    publishBurst(bus);
    await heard;
  });
}

async function overHost({ events }: Host): Promise<number> {
  const told = new EventEmitter();
  using _heard = events.subscribe({ owner: "host", pattern: "bench.heard" }, () => void told.emit("heard"));
  // Awaited here: the subscription ends with this function.
  return await timed(async () => {
    const heard = once(told, "heard");
    publishBurst(events);
    await heard;
  });
}

function publishBurst(bus: EventBus): void {
  for (let n = 0; n < BURST; n++) bus.publish({ subject: "run.finished", data: DATA, from: "host" });
}

function countBursts(onBurst: () => void): { hear: () => void } {
  let heard = 0;
  return {
    hear: () => {
      if (++heard % (BURST * LISTENERS) === 0) onBurst();
    },
  };
}

/** Publications a second. */
async function timed(burst: () => Promise<void>): Promise<number> {
  await burst();
  const startedMs = performance.now();
  for (let n = 0; n < BURSTS; n++) await burst();
  return (BURST * BURSTS * 1_000) / (performance.now() - startedMs);
}

async function openHost(tier: Tier, owner: AsyncDisposableStack): Promise<Host> {
  const { path: folder } = owner.use(await mkdtempDisposable(join(tmpdir(), "berth-bench-events-")));
  const root = join(folder, "plugins", "hearing-plugin");
  await mkdir(root, { recursive: true });
  const manifest = `[plugin]\nname = "hearing-plugin"\nversion = "1.0.0"\n[runtime]\nentry = "plugin.mjs"\n`;
  const asked = `[provides]\nevent = ["unused"]\n[permissions.events]\nsubscribe = ["run.*"]\npublish = ["bench.heard"]\n`;
  await writeFile(join(root, "plugin.toml"), manifest + asked);
  await writeFile(join(root, "plugin.mjs"), PLUGIN);
  const settings = { enabled: true, isolation: tier, accept_unenforced: [] };
  const config = { ...defaultHostConfig(), plugins: { "hearing-plugin": settings } };
  const roots = [{ kind: "plugin", path: root, trust: "first-party" }] as const;
  const host = owner.use(await createHost({ roots, config, workingFolder: folder, env: {} }));
  await host.plugins.get("hearing-plugin").activate(AbortSignal.timeout(20_000));
  return host;
}

function fail(): never {
  throw new Error("The benchmark lost an event, or heard what is for others");
}

if (import.meta.main) await runAlone(run);
