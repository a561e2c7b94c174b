import type { Alert } from "@berth/kernel/alerts";
import type { HostConfig } from "@berth/kernel/config";
import type { AlertDesk } from "../alerts/alert-desk.ts";
import type { CapabilityMaker } from "../capability-maker.ts";
import type { Foundation } from "../foundation.ts";
import type { HealthChecks } from "../health/health-checks.ts";
import { HostHealth } from "../health/host-health.ts";
import { tellHealth } from "../health/tell-health.ts";
import type { LimitReports } from "../plugins/limit-reports.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { UsageSampler } from "../usage/usage-sampler.ts";
import { usageSettings } from "./settings.ts";

/** What {@link Monitoring} needs of the host. */
export interface MonitoringOptions extends Pick<
  Foundation,
  "clock" | "log" | "events" | "env" | "masker" | "dataFolder"
> {
  config: HostConfig;
  directory: () => PluginDirectory;
  maker: Pick<CapabilityMaker, "brokerUsage">;
  limitReports: Pick<LimitReports, "counts">;
}

/** All that watches over a host and its plugins, and changes nothing: health, usage, alerts. It runs while the host serves. */
export class Monitoring implements AsyncDisposable {
  readonly health: HostHealth;
  readonly usage: UsageSampler;
  readonly #options: MonitoringOptions;
  readonly #owned = new AsyncDisposableStack();
  #checks: HealthChecks | undefined;
  #alerts: AlertDesk | undefined;

  constructor(options: MonitoringOptions) {
    const { clock, log, config, directory, maker, limitReports } = options;
    const { interval_ms: intervalMs, history } = usageSettings(config);
    this.#options = options;
    this.health = this.#owned.use(new HostHealth({ directory, clock, config }));
    this.usage = this.#owned.use(
      new UsageSampler({
        directory,
        clock,
        log,
        intervalMs,
        history,
        brokers: (plugin) => maker.brokerUsage(plugin),
        limitHits: (plugin) =>
          limitReports.counts.reduce((sum, hit) => sum + (hit.plugin === plugin ? hit.hits : 0), 0),
      }),
    );
  }

  /** The alerts there are just now, the oldest first. */
  get alerts(): readonly Alert[] {
    return this.#alerts?.active ?? [];
  }

  /** Asks one plugin now how it is, where it runs. */
  async check(plugin: string, signal: AbortSignal): Promise<void> {
    await this.#checks?.check(this.#options.directory().get(plugin), signal);
  }

  /** The host serves from now on. What looks after it is loaded now: a host that serves nobody needs none of it. */
  async begin(): Promise<void> {
    if (this.#checks || this.#owned.disposed) return;
    const { health, usage } = this;
    const options = { ...this.#options, health, usage };
    const { hearSignals } = await import("../health/health-signals.ts");
    const { HealthChecks } = await import("../health/health-checks.ts");
    const { HostChecks } = await import("../health/host-checks.ts");
    if (this.#owned.disposed) return;
    this.#owned.use(tellHealth(options));
    this.#owned.use(hearSignals(options));
    this.#checks = this.#owned.use(new HealthChecks(options));
    const eventLoopDelayMs = (): number | null => usage.latest?.host.eventLoopDelayMs ?? null;
    const hostChecks = this.#owned.use(new HostChecks({ ...options, eventLoopDelayMs }));
    if (usage.intervalMs > 0) {
      const { openAlerts } = await import("../alerts/open-alerts.ts");
      if (!this.#owned.disposed) this.#alerts = await openAlerts(options, this.#owned);
    }
    if (this.#owned.disposed) return;
    health.beginServing();
    const checks = this.#checks;
    checks.begin();
    // One that came to the host later is met when it runs.
    this.#owned.use(options.events.subscribe({ owner: "host", pattern: "plugin.active" }, () => checks.begin()));
    hostChecks.begin();
    usage.begin();
  }

  /** The host is about to stop. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.health.beginStop();
    await this.#owned.disposeAsync();
  }
}
