import { type Clock, systemClock } from "@berth/base";
import type { HostConfig } from "@berth/kernel/config";
import { createLog, Masker } from "../log/index.ts";
import { hostRunners } from "../plugins/host-runners.ts";
import type { OwnedRunner } from "../plugins/late-runner.ts";

/** The runners of a host with this configuration, to be asked and not to be used. Whoever makes them disposes them. */
export function machineRunners(config: HostConfig, clock: Clock = systemClock): OwnedRunner[] {
  const log = createLog({ sink: () => undefined, level: "error", clock, masker: new Masker() });
  return hostRunners({ config, clock, log, trustOf: () => "third-party" });
}
