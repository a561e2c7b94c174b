import type { Clock } from "@berth/base";
import type { TelemetryConfig, TracesConfig } from "@berth/kernel/config/telemetry";
import type { CallScope, CallTracing, Tracer } from "@berth/kernel/tracing";
import type { SpanCounts, Tracing } from "@berth/telemetry";
import type { ReloadReport } from "@berth/kernel/reload";
import type { Log, Masker } from "../log/index.ts";
import { HOST_VERSION } from "../version.ts";

import { HostCounts } from "./metrics/host-counts.ts";

/** What {@link HostTelemetry} needs. */
export interface HostTelemetryOptions {
  /** `telemetry` of `berth.yaml`. */
  config: TelemetryConfig | undefined;
  scope: CallScope;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Log;
  masker: Masker;
  /** Where the exporter `console` writes. Default: standard error. */
  write?: (line: string) => void;
}

/** The variables that may ask for spans where no file does. */
const ASKS = "OTEL_TRACES_EXPORTER";

/**
 * Whose call the host is at work for, and the spans of that where somebody wants any. Without them nothing of OpenTelemetry's is
 * loaded, and whoever composes calls finds no tracer.
 */
export class HostTelemetry implements AsyncDisposable {
  readonly scope: CallScope;
  /** What metrics tell that nobody else keeps. */
  readonly counts = new HostCounts();
  readonly #options: HostTelemetryOptions;
  #tracing: Tracing | undefined;

  constructor(options: HostTelemetryOptions) {
    this.#options = options;
    this.scope = options.scope;
  }

  /** Absent while nobody wants spans. */
  get tracer(): Tracer | undefined {
    return this.#tracing?.tracer;
  }

  /** What became of spans. */
  get spanCounts(): SpanCounts | undefined {
    return this.#tracing?.counts;
  }

  /** A reload has ended: it is counted, and was a span. */
  reloaded(report: ReloadReport): void {
    this.counts.reloaded(report);
    const { tracer, scope } = this;
    const { plugin, outcome, serving, other, failed, tookMs, heldMs } = report;
    if (tracer === undefined || outcome === "unchanged") return;
    const startedAt = this.#options.clock.now() - tookMs;
    const attributes = {
      "berth.plugin": plugin,
      "berth.outcome": outcome,
      "berth.generation": serving?.generation,
      "berth.plugin.version": serving?.version,
      "berth.plugin.other_version": other?.version,
      "berth.held_ms": heldMs,
      "berth.failed_step": failed?.step,
    };
    scope.leave(() => tracer.begin(`reload ${plugin}`, { startedAt, attributes }).end(failed?.error));
  }

  /** For an endpoint that is composed now. */
  callTracing<I>(describe?: CallTracing<I>["describe"]): CallTracing<I> | undefined {
    const { tracer, scope } = this;
    return tracer && { tracer, scope, ...(describe ? { describe } : {}) };
  }

  /**
   * Begins to make spans, if that was asked for: by `berth.yaml`, else by `tracing` of an application's file, else by the environment.
   * What was composed before knows nothing of it.
   */
  async start(tracing?: TracesConfig): Promise<void> {
    const { config: telemetry, env, log } = this.#options;
    const isAsked = telemetry?.traces !== undefined || tracing !== undefined || Boolean(env[ASKS]);
    if (!isAsked) return;
    if (this.#tracing !== undefined) {
      if (tracing) log.warn("tracing of the application's file is not used: spans are set up by berth.yaml or OTEL_*");
      return;
    }
    const { openTracing, resolveTraceSettings } = await import("@berth/telemetry");
    const { settings, warnings } = resolveTraceSettings({ telemetry, tracing, env });
    for (const warning of warnings) log.warn(`Telemetry: ${warning}`);
    if (settings === undefined) return;
    const { clock, masker, write = writeToStandardError } = this.#options;
    for (const secret of Object.values(settings.headers)) masker.register(secret);
    this.#tracing = openTracing({
      settings,
      scope: this.scope,
      clock,
      hostVersion: HOST_VERSION,
      mask: (text) => masker.mask(text),
      log: (level, message) => log.write(level, message),
      write,
    });
  }

  /** Sends the spans that wait. */
  async flush(): Promise<void> {
    await this.#tracing?.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tracing?.[Symbol.asyncDispose]();
  }
}

function writeToStandardError(line: string): void {
  process.stderr.write(line);
}
