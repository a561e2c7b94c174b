import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallContext, Tier } from "@berth/contract";
import { createHost, type Host, type LogRecord } from "@berth/host";
import { defaultHostConfig } from "@berth/kernel/config";
import { type MisbehavingConfig, writeMisbehaving, writePlugin } from "@berth/testing";

/** As long as a plugin waits for somebody else's answer, mostly. */
const WAIT_MS = 20;

const QUIET = `
  import { definePlugin, defineSource, pause } from "@berth/sdk";
  const source = (name, fetch) => defineSource(name, { create: () => ({ fetch }) });
  const answer = { title: "quiet", lines: [] };
  export default definePlugin({
    provides: [
      source("bare", async () => answer),
      source("waiting", async (call) => {
        await pause(${WAIT_MS}, call.signal);
        return answer;
      }),
    ],
  });`;

/** A call that starts again however often, and at once: it is the faults that are looked at, not the rests between restarts. */
const ENDLESS = { max_restarts: 100_000, period_ms: 1_000, backoff_ms: 0, max_backoff_ms: 0 };
const LIMITS = "[limits]\nmemory_mb = 64\ncpu_percent = 400";
const ACCEPTED = ["limits.cpu_percent", "limits.file_handles", "limits.processes"];

/** What was seen of one fault. */
export interface FaultResult {
  /** What its call failed with. */
  code: string;
  /** From the fault's call to the first answer afterwards. */
  recoveredMs: number;
}

/** A host with plugins that misbehave and one that does not, all in one tier. */
export interface FaultyHost extends AsyncDisposable {
  host: Host;
  records: LogRecord[];
  /** Has the fault happen, and waits until the plugin answers again. */
  inject(config: MisbehavingConfig, limitMs: number, nth?: number): Promise<FaultResult>;
  /** Calls the other plugin, which answers at once. */
  callBare(): Promise<void>;
  /** Calls the other plugin, which waits for a while first. */
  callWaiting(): Promise<void>;
}

/** Makes it; each misbehaving plugin may use 64 MiB. @param width how many of them there are. */
export async function openFaultyHost(tier: Tier, width = 1): Promise<FaultyHost> {
  await using opened = new AsyncDisposableStack();
  const { path: folder } = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-bench-faults-")));
  const root = join(folder, "plugins");
  const config = defaultHostConfig();
  const entry = { enabled: true, isolation: tier, accept_unenforced: ACCEPTED, supervision: ENDLESS };
  for (let nth = 1; nth <= width; nth++) {
    await writeMisbehaving(root, { name: `misbehaving-${nth}`, source: `misbehaving-${nth}`, manifest: LIMITS });
    config.plugins[`misbehaving-${nth}`] = entry;
  }
  await writePlugin(root, { name: "quiet", provides: { source: ["bare", "waiting"] }, source: QUIET });
  config.plugins["quiet"] = { ...entry, limits: { cpu_percent: 400 } };
  const records: LogRecord[] = [];
  const host = opened.use(
    await createHost({
      roots: [{ kind: "folder", path: root, trust: "third-party" }],
      config,
      workingFolder: folder,
      dataFolder: join(folder, ".berth"),
      env: {},
      logSink: (record) => void (records.push(record) > 1_000 && records.shift()),
    }),
  );
  const fetchOf = (name: "bare" | "waiting"): (() => Promise<void>) => {
    const fetch = opened.use(host.instance({ contribution: `source/${name}`, instanceId: name })).method("fetch");
    return async () => void (await fetch([], aCall(10_000)));
  };
  const [callBare, callWaiting] = [fetchOf("bare"), fetchOf("waiting")];
  let faults = 0;
  const call = async (nth: number, given: MisbehavingConfig, limitMs: number): Promise<unknown> => {
    await using instance = host.instance({
      contribution: `source/misbehaving-${nth}`,
      instanceId: `m${++faults}`,
      config: given,
    });
    return await instance.method("fetch")([], aCall(limitMs));
  };
  const owned = opened.move();
  return {
    host,
    records,
    callBare,
    callWaiting,
    inject: async (given, limitMs, nth = 1) => {
      const startedMs = performance.now();
      const code = await call(nth, given, limitMs).then(
        () => "answered",
        (error: unknown) => String((error as { code?: unknown }).code ?? error),
      );
      await untilAnswered(() => call(nth, {}, 10_000));
      return { code, recoveredMs: performance.now() - startedMs };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** One that ends by itself may be noticed a moment later: a call that met its end is made again. */
async function untilAnswered(call: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await call();
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

function aCall(limitMs: number): CallContext {
  return {
    signal: AbortSignal.timeout(limitMs),
    deadline: Date.now() + limitMs,
    attempt: 1,
    caller: "app/bench",
    permissions: [],
    correlationId: "c",
  };
}
