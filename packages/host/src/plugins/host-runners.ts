import type { Clock } from "@berth/base";
import type { HostConfig } from "@berth/kernel/config";
import { InlineRunner } from "@berth/runners/inline";
import { LateRunner, type OwnedRunner } from "./late-runner.ts";

/** What the runners of a host are made with. */
export interface HostRunnersOptions {
  config: HostConfig;
  clock: Clock;
}

/** A runner for each tier. All but the inline one are loaded by the first plugin that needs them. */
export function hostRunners({ config, clock }: HostRunnersOptions): OwnedRunner[] {
  const { warm_pool: warm } = config;
  return [
    new InlineRunner(),
    new LateRunner("worker", async () => {
      const { WorkerRunner } = await import("@berth/runners/worker");
      return new WorkerRunner({ clock, warm: warm.workers });
    }),
  ];
}
