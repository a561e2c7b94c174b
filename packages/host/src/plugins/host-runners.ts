import { type Clock, errorMessage } from "@berth/base";
import type { HostConfig } from "@berth/kernel/config";
import type { Log } from "../log/index.ts";
import { LateRunner, type OwnedRunner } from "./late-runner.ts";
import type { PluginTrust } from "./plugin-trust.ts";

/** What the runners of a host are made with. */
export interface HostRunnersOptions {
  config: HostConfig;
  clock: Clock;
  log: Log;
  /** How far a plugin is trusted, by name. */
  trustOf: (plugin: string) => PluginTrust;
}

/** A runner for each tier. Each is loaded by the first plugin that needs it. */
export function hostRunners({ config, clock, log, trustOf }: HostRunnersOptions): OwnedRunner[] {
  const { warm_pool: warm } = config;
  return [
    new LateRunner("inline", async () => {
      const { InlineRunner } = await import("@berth/runners/inline");
      return new InlineRunner();
    }),
    new LateRunner("worker", async () => {
      const { WorkerRunner } = await import("@berth/runners/worker");
      return new WorkerRunner({ clock, warm: warm.workers });
    }),
    new LateRunner("process", async () => {
      const { ProcessRunner } = await import("@berth/runners/process");
      return new ProcessRunner({
        clock,
        warm: warm.processes,
        minimumLevel: (plugin) =>
          config.plugins[plugin]?.minimum_isolation ?? (trustOf(plugin) === "first-party" ? "runtime" : "kernel"),
        onTrouble: (error) => log.warn(`Cannot keep a process ready: ${errorMessage(error)}`),
      });
    }),
    new LateRunner("wasm", async () => {
      const { WasmRunner } = await import("@berth/runners/wasm");
      return new WasmRunner({ clock, warm: warm.workers });
    }),
  ];
}
