import type { Alert } from "@berth/kernel/alerts";
import type { Clock, Failpoints, JsonValue } from "@berth/base";
import type { ContributionId, ContributionKind, HostError } from "@berth/contract";
import type { ContributionPolicies, PolicyExtras } from "@berth/kernel/calls";
import type { DeadlineWheel } from "@berth/kernel/calls/deadline-wheel";
import type { HeldConfig, HostConfig } from "@berth/kernel/config";
import type { Root } from "@berth/kernel/discovery";
import type { EventBus } from "@berth/kernel/events";
import type { ManagedInstance } from "@berth/kernel/lifecycle";
import type { ProbationRules } from "@berth/kernel/reload";
import type { OpenServiceRegistry } from "@berth/kernel/services";
import type { Storage } from "@berth/storage";
import type { HookPoint } from "./calls/hook-points.ts";
import type { EndpointOptions, OpenedEndpoint } from "./calls/plugin-endpoint.ts";
import type { ConfigChangeReport } from "./config/config-changes.ts";
import type { SectionFault } from "./config/config-sections.ts";
import type { EventPlugins } from "./events/event-plugins.ts";
import type { HostHealth } from "./health/host-health.ts";
import type { UsageSampler } from "./usage/usage-sampler.ts";
import type { Log, LogLevels, LogRing, LogSink, Masker, PluginLogLevels } from "./log/index.ts";
import type { PluginInspections } from "./inspection/plugin-inspections.ts";
import type { OwnedRunner } from "./plugins/late-runner.ts";
import type { LimitCount } from "./plugins/limit-reports.ts";
import type { PluginDirectory } from "./plugins/plugin-directory.ts";
import type { PluginSwitches } from "./plugins/switches.ts";
import type { Reloads } from "./reload/reloads.ts";
import type { Supervision } from "./supervision/supervision.ts";
import type { HostTelemetry } from "./telemetry/host-telemetry.ts";

/** How to make a host. */
export interface HostOptions {
  /** Where plugins are looked for, in order; of several versions of one plugin those in an earlier root count first. */
  roots: readonly Root[];
  /** `berth.yaml`, read; default: an empty one. */
  config?: HostConfig;
  /** Sections of `berth.yaml` that plugins add, by name, as `loadHostConfig` found them. */
  sections?: Readonly<Record<string, JsonValue>>;
  /** With `watch`: the file that `config` was read from, absolute, and how to read it again; its changes are applied. */
  configFile?: { path: string; load(): Promise<HeldConfig> };
  /** What relative paths in grants are relative to. Default: the process's. */
  workingFolder?: string;
  /** Where the database, the index and the plugins' own folders are. Default: the configuration's `data_dir`. */
  dataFolder?: string;
  /** Where secrets are looked up. Default: `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Where log records go. Default: nowhere. */
  logSink?: LogSink;
  /** Files and folders beside the plugins and `berth.yaml` that no plugin may change, whatever it is granted. */
  guarded?: readonly string[];
  /** Whether plugins run from copies of their code, the last of which are kept to go back to. Default false. */
  keepsVersions?: boolean;
  /** Whether plugins are replaced when their files change; implies `keepsVersions`. Default false. */
  watch?: boolean;
  /** Whether only plugins that come with Berth are used, in tier inline; the others are named as left out. Default false. */
  isSafe?: boolean;
  /** When a version that replaced another is taken for good. */
  probation?: Partial<ProbationRules>;
  clock?: Clock;
  failpoints?: Failpoints;
  /** Default: all four tiers. The host disposes them. */
  runners?: readonly OwnedRunner[];
  signal?: AbortSignal;
  /** When the program is told to stop: the time that the host has to stop counts from there. Default: from its disposal. */
  stop?: AbortSignal | undefined;
  /** Nobody gets any more time to stop. */
  hurry?: AbortSignal | undefined;
  /** The host has stopped as far as it can be: the process has to end without waiting for what is left, as `endProcess` does. */
  onLeftBehind?: (why: string) => void;
}

/** One instance to be opened. */
export interface InstanceOptions {
  contribution: ContributionId;
  instanceId: string;
  config?: unknown;
}

/**
 * A host: plugins found, managed, and given what they were granted. Made by `createHost`; disposing it stops every plugin and
 * closes everything.
 */
export interface Host extends AsyncDisposable {
  /** `berth.yaml` as it holds now; parts of it change while the host runs. */
  readonly config: Readonly<HostConfig>;
  /** How it and its plugins are. */
  readonly health: HostHealth;
  /** What they use. */
  readonly usage: UsageSampler;
  /** What is a problem just now, the oldest first; `since` in milliseconds since 1970. */
  readonly alerts: readonly Alert[];
  /** Asks one plugin now how it is, where it runs; the answer is in {@link health}. */
  checkHealth(plugin: string, signal: AbortSignal): Promise<void>;
  readonly plugins: PluginDirectory;
  readonly services: OpenServiceRegistry;
  readonly events: EventBus;
  readonly storage: Storage;
  readonly clock: Clock;
  /** Absolute; where an application keeps files of its own, in a folder of its name. */
  readonly dataFolder: string;
  /** One timer for the deadlines of all calls. */
  readonly wheel: DeadlineWheel;
  readonly log: Log;
  /** What a caller may ask of plugins, for the endpoints of applications. */
  readonly permissionsOf: (caller: string) => readonly string[];
  /** What became of plugins that ended by themselves. */
  readonly supervision: Supervision;
  /** Replaces plugins while they serve. */
  readonly reloads: Reloads;
  /** How often plugins went past their limits. */
  readonly limitCounts: readonly LimitCount[];
  /** Spans, where somebody wants any, and for which call the host is at work. */
  readonly telemetry: Pick<
    HostTelemetry,
    "scope" | "tracer" | "spanCounts" | "callTracing" | "counts" | "start" | "flush"
  >;
  /** Which lines of the log are kept, of each source; may be changed at any time. */
  readonly logLevels: LogLevels;
  /** The same of plugins, for a while. */
  readonly pluginLogLevels: PluginLogLevels;
  /** The last lines of the log, of each source, and the next ones. */
  readonly logLines: LogRing;
  /** Looks into plugins that run: profiles, heap snapshots. */
  readonly inspections: PluginInspections;
  /** Register what must never be printed. */
  readonly masker: Masker;
  /** Which event plugins there are, once it was started, and what became of the events for them. */
  readonly eventPlugins: Pick<EventPlugins, "counts">;
  /** Which plugins the operator switched off by command. */
  readonly switches: PluginSwitches;
  /** Whether everything that a plugin cannot do without is there. @throws HostError for a plugin that is not there itself. */
  checkDependencies(plugin: string): boolean;
  /** The plugins bound to one that cannot do without it, also by way of others, in the order of a start. */
  dependentsOf(plugin: string): readonly string[];
  /** An instance of a contribution; its plugin is loaded by the first use. The caller disposes it. */
  instance(options: InstanceOptions): ManagedInstance;
  /** What is said of the calls into a contribution, for endpoints that an application composes itself. */
  policiesOf(contribution: ContributionId, extras?: PolicyExtras): ContributionPolicies;
  /** The way to one method of a contribution, under all that is said of calls into it. The caller disposes it. */
  endpoint<I extends readonly unknown[], R>(options: EndpointOptions): OpenedEndpoint<I, R>;
  /** All contributions of one kind, asked in their order by one of their methods. */
  hooks<I extends readonly unknown[], R>(kind: ContributionKind, member: string): HookPoint<I, R>;
  /**
   * Starts what is to be running from the start: plugins that say so, and required ones.
   *
   * @returns what did not start; @throws HostError when that is a required plugin.
   */
  start(signal: AbortSignal): Promise<HostError[]>;
  /**
   * Lets a changed `berth.yaml` hold for what runs, wholly or not at all; see `ConfigChanges`. Never rejects because a plugin does not
   * go along: that is in the report.
   */
  applyConfig(next: HeldConfig, signal: AbortSignal): Promise<ConfigChangeReport>;
  /** Tells that a changed `berth.yaml` cannot be used. */
  refuseConfig(error: unknown): void;
  /** What plugins find wrong with the sections of `berth.yaml` that they add; for looking, in place of {@link start}. */
  checkSections(signal: AbortSignal): Promise<SectionFault[]>;
}
