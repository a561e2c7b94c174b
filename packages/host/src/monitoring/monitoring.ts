import type { HostConfig } from "@berth/kernel/config";
import type { CapabilityMaker } from "../capability-maker.ts";
import type { Foundation } from "../foundation.ts";
import { HostHealth } from "../health/host-health.ts";
import type { LimitReports } from "../plugins/limit-reports.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { UsageSampler } from "../usage/usage-sampler.ts";
import { usageSettings } from "./settings.ts";

/** What {@link Monitoring} needs of the host. */
export interface MonitoringOptions extends Pick<Foundation, "clock" | "log"> {
  config: HostConfig;
  directory: () => PluginDirectory;
  maker: Pick<CapabilityMaker, "brokerUsage">;
  limitReports: Pick<LimitReports, "counts">;
}

/** All that watches over a host and its plugins, and changes nothing: health, usage, alerts. It runs while the host serves. */
export class Monitoring implements AsyncDisposable {
  readonly health: HostHealth;
  readonly usage: UsageSampler;

  constructor({ clock, log, config, directory, maker, limitReports }: MonitoringOptions) {
    const { interval_ms: intervalMs, history } = usageSettings(config);
    this.health = new HostHealth({ directory, clock });
    this.usage = new UsageSampler({
      directory,
      clock,
      log,
      intervalMs,
      history,
      brokers: (plugin) => maker.brokerUsage(plugin),
      limitHits: (plugin) => limitReports.counts.reduce((sum, hit) => sum + (hit.plugin === plugin ? hit.hits : 0), 0),
    });
  }

  /** The host serves from now on. */
  begin(): void {
    this.health.beginServing();
    this.usage.begin();
  }

  /** The host is about to stop. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.health.beginStop();
    this.usage[Symbol.dispose]();
  }
}
