import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tier } from "@berth/contract";
import { createHost, type Host } from "@berth/host";
import { defaultHostConfig } from "@berth/kernel/config";
import { composeEndpoint } from "@berth/kernel/calls";
import { type BenchResult, type BenchRow, interleaved, runAlone } from "./frame.ts";

const ROUNDS = 7;
/** Enough that a round is tens of milliseconds. */
const CALLS = { inline: 20_000, worker: 2_000 };

/** A service, and a plugin that calls it so many times in a row. */
const PLUGINS: Record<string, { manifest: string; source: string }> = {
  "echo-plugin": {
    manifest: '[provides]\nservice = ["echo"]',
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      const echo = defineService("echo", { create: () => ({ methods: { echo: (input) => input } }) });
      export default definePlugin({ provides: [echo] });`,
  },
  "calling-plugin": {
    manifest: '[provides]\nservice = ["calling"]\n[permissions]\nservices = ["echo"]',
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      const calling = defineService("calling", {
        create: (_config, ctx) => {
          const echo = ctx.services.get("echo");
          const time = async (calls, call) => {
            for (let at = 0; at < calls; at++) await echo.call("echo", at, call);
            return null;
          };
          return { methods: { alone: (calls) => time(calls), handed: time } };
        },
      });
      export default definePlugin({ provides: [calling] });`,
  },
};

/** What a call from one plugin to another costs, beside the endpoint over the same instance and the host's own call. */
export async function run(): Promise<BenchResult> {
  return {
    title: "One call of a service, one at a time, from one plugin to another",
    rows: [...(await rowsOf("inline")), ...(await rowsOf("worker"))],
  };
}

async function rowsOf(tier: "inline" | "worker"): Promise<BenchRow[]> {
  await using opened = new AsyncDisposableStack();
  const host = await openHost(tier, opened);
  const calls = CALLS[tier];
  const echo = opened.use(host.instance({ contribution: "service/echo", instanceId: "direct" }));
  const invoke = echo.method("echo");
  const endpoint = composeEndpoint<number, unknown>({
    name: "service/echo (direct)",
    invoke: (input, call) => invoke([input], call),
    clock: host.clock,
    wheel: host.wheel,
  });
  const caller = "app/bench";
  const asPlugin = (method: string): Promise<unknown> =>
    host.services.call({ service: "calling", method, input: calls, caller });
  const us = await interleaved(ROUNDS, {
    endpoint: () => timeEach(calls, (input) => endpoint.call(input)),
    application: () =>
      timeEach(calls, (input) => host.services.call({ service: "echo", method: "echo", input, caller })),
    plugin: () => timeAll(calls, () => asPlugin("alone")),
    handed: () => timeAll(calls, () => asPlugin("handed")),
  });
  const beside = (name: string, value: number): BenchRow => ({
    name: `${tier}: ${name}`,
    value,
    unit: "us",
    ratio: value / us.endpoint,
    target: "of the endpoint over it",
  });
  return [
    { name: `${tier}: endpoint over an instance`, value: us.endpoint, unit: "us" },
    beside("host.services.call", us.application),
    beside(`a plugin calls (${tier} to ${tier})`, us.plugin),
    beside("the same, the outer call handed on", us.handed),
  ];
}

async function openHost(tier: Tier, owner: AsyncDisposableStack): Promise<Host> {
  const { path: folder } = owner.use(await mkdtempDisposable(join(tmpdir(), "berth-bench-services-")));
  const root = join(folder, "plugins");
  for (const [name, { manifest, source }] of Object.entries(PLUGINS)) {
    await mkdir(join(root, name), { recursive: true });
    const head = `[plugin]\nname = "${name}"\nversion = "1.0.0"\n[runtime]\nentry = "plugin.mjs"\n`;
    await writeFile(join(root, name, "plugin.toml"), head + manifest);
    await writeFile(join(root, name, "plugin.mjs"), source);
  }
  const settings = { enabled: true, isolation: tier, accept_unenforced: [] };
  const config = { ...defaultHostConfig(), plugins: { "echo-plugin": settings, "calling-plugin": settings } };
  const roots = [{ kind: "folder", path: root, trust: "first-party" }] as const;
  return owner.use(await createHost({ roots, config, workingFolder: folder, env: {} }));
}

/** Microseconds a call. */
async function timeEach(calls: number, call: (input: number) => Promise<unknown>): Promise<number> {
  return timeAll(calls, async () => {
    for (let input = 0; input < calls; input++) await call(input);
  });
}

async function timeAll(calls: number, work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return ((performance.now() - startedMs) * 1_000) / calls;
}

if (import.meta.main) await runAlone(run);
