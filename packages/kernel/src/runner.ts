import type { JsonObject } from "@berth/base";
import type {
  Capabilities,
  Channel,
  Grant,
  InstanceRequest,
  Limits,
  Manifest,
  PluginIdentity,
  Tier,
} from "@berth/contract";
import type { Pulse } from "./watchdog/pulse.ts";

import type { CallScope } from "./tracing/call-scope.ts";

/** What a runner needs to run one generation of a plugin. */
export interface OpenRequest {
  identity: PluginIdentity;
  manifest: Manifest;
  /** Absolute folder of the plugin's code. */
  folder: string;
  /** Which load of this plugin in this host it is, from 1. */
  generation: number;
  /** What it was granted; entries that each instance's configuration fills in as they are. */
  grant: Grant;
  /** What the generation may use at most: defaults, manifest and operator resolved. */
  limits: Limits;
  /** Folders beside its own that it may open itself, absolute and without links, as the operator granted them. */
  folders: GrantedFolders;
  /** A folder of its own that outlives it, absolute; made by the host. */
  dataFolder: string;
  /** Names and values of the environment it was granted. */
  environment: Readonly<Record<string, string>>;
  /** What the operator set for the plugin as a whole, checked; absent: nothing. */
  settings?: JsonObject;
  /** Hears of every limit that was hit. */
  onLimit(event: LimitEvent): void;
  /** Hears what the plugin wrote to its standard streams, line by line, bounded. */
  onOutput(line: OutputLine): void;
  /** Hears when its event loop gives no answer, and when it does again. */
  onPulse?(pulse: Pulse): void;
  /** Capabilities of one instance, made and owned by the host; `""` is the plugin as a whole. */
  capabilities: (instanceId: string) => Capabilities;
  /** Milliseconds since 1970 by the host's clock. */
  now: () => number;
  /** Is told for which call the host is at work, so that logs and spans can say it. */
  scope?: CallScope;
  /** What is opened next: a runner may have that done as soon as the code is loaded. */
  instances?: readonly InstanceRequest[];
  /** Its entry, and its modules in TypeScript, where somebody knows them: they need not be read. Never rejects. */
  modules?: Promise<readonly ModuleText[] | undefined>;
  /** Nothing of the code is to run before it resolves; set for a runner that {@link Runner.awaitsClearance}. `signal` aborts when it rejects. */
  cleared?: Promise<void>;
}

/** Folders of the machine, absolute. */
export interface GrantedFolders {
  read: readonly string[];
  write: readonly string[];
  /** Never shown, even below a granted one: the host keeps its own data there, and that of other plugins. Without links. */
  hidden?: readonly string[];
}

/** A limit that was hit, with the figure. */
export interface LimitEvent {
  /** As in the manifest's `[limits]`. */
  limit: keyof Limits;
  /** In the limit's own unit. */
  allowed: number;
  used: number;
  /** What was done about it. */
  action: "refused" | "slowed" | "ended";
}

/** A line of a plugin's standard output or error; what was dropped is counted in a line of its own. */
export interface OutputLine {
  stream: "stdout" | "stderr";
  text: string;
}

/** How firm a tier's walls are here: none, faults only, rules of the runtime, or the operating system's kernel (or WebAssembly). */
export type IsolationLevel = "none" | "fault" | "runtime" | "kernel";

/** What one tier offers on this machine, found out by trying. */
export interface TierReport {
  tier: Tier;
  level: IsolationLevel;
  /** What was tried. */
  mechanisms: readonly MechanismReport[];
  /** By which mechanism each limit and permission is held (`limits.memory_mb`: `cgroup v1 memory`); what is missing here is not. */
  enforces: Readonly<Record<string, string>>;
}

/** One means of isolation: whether it works here. */
export interface MechanismReport {
  name: string;
  works: boolean;
  /** What was seen. */
  detail: string;
  /** How to get it, when it is missing and can be had. */
  fix?: string;
}

/** An ES module of a plugin as Node.js runs it. */
export interface ModuleText {
  /** Below the plugin's folder, `/` between parts. */
  path: string;
  /** What the file there holds, without types, all else where it was. */
  text: string;
}

/** Runs plugins in one tier. The kernel knows tiers only through this. */
export interface Runner {
  readonly tier: Tier;
  /** Whether it gets all else ready while it is not {@link OpenRequest.cleared} what it is to run; others are asked when it is. */
  readonly awaitsClearance?: boolean;
  /** What it offers here; the result of the first call is kept. */
  report(signal: AbortSignal): Promise<TierReport>;
  /**
   * Loads the code and checks it against the contract; no hook of the plugin has run when it resolves. What was opened is closed
   * again when it fails or `signal` aborts.
   */
  open(request: OpenRequest, signal: AbortSignal): Promise<Channel>;
}
