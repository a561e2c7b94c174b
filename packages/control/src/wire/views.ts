import * as z from "zod";
import { logLevelView } from "./looking-views.ts";

/**
 * What a host says of itself and its plugins, as it crosses the socket. These schemas are the only definition: types, checks at both
 * ends and what `--json` prints come from them. What a later host says beside is left out.
 */

const text = z.string().max(65_536);
const name = z.string().min(1).max(200);
const timeMs = z.number();

/** An error as it is told. */
const errorView = z.object({ code: name, message: text, details: z.json().optional() });

/** A host that runs. */
export const hostStatus = z.object({
  /** What is said on the socket; another number is another language. */
  protocol: z.int(),
  version: name,
  pid: z.int(),
  startedAt: timeMs,
  dataFolder: text,
  plugins: z.object({ total: z.int(), active: z.int(), failed: z.int(), disabled: z.int() }),
});

/** How often a plugin ended by itself and was started again, and what comes next. */
const supervisionView = z.object({
  state: z.enum(["watching", "restarting", "gave-up"]),
  restarts: z.int(),
  lastExit: z.object({ at: timeMs, kind: name, reason: text }).optional(),
  nextAttemptAt: timeMs.optional(),
});

/** A plugin in a host that runs. */
export const livePlugin = z.object({
  name,
  version: name,
  folder: text,
  trust: name,
  /** Of the life cycle. */
  state: name,
  health: z.enum(["healthy", "degraded", "unhealthy", "unknown"]),
  healthMessage: text.optional(),
  /** Which load in this host serves; absent when none does. */
  generation: z.int().optional(),
  /** Generations that were ended and run on, in native code or a system call; absent when there are none. */
  stuck: z.array(z.int()).optional(),
  /** Calls under way. */
  calls: z.int(),
  enabled: z.boolean(),
  /** Why it failed. */
  failure: errorView.optional(),
  supervision: supervisionView.optional(),
});

/** What keeps a plugin from being used. */
const troubleView = z.object({ plugin: text, error: errorView });

export const pluginList = z.object({ plugins: z.array(livePlugin), troubles: z.array(troubleView) });

/** A version that can be gone back to. */
export const keptGeneration = z.object({
  id: z.int(),
  plugin: name,
  version: name,
  digest: name,
  since: timeMs,
  isCurrent: z.boolean(),
  hasFailed: z.boolean(),
  hasState: z.boolean(),
});

/** A limit that was hit since the host started. */
const limitHits = z.object({ limit: name, hits: z.int(), allowed: z.number(), used: z.number(), action: name });

export const pluginInfo = z.object({
  plugin: livePlugin,
  provides: z.array(name),
  dependents: z.array(name),
  limitHits: z.array(limitHits),
  /** Which of its log lines are kept. */
  log: logLevelView.optional(),
  /** Absent where the host keeps none. */
  generations: z.array(keptGeneration).optional(),
});

export const history = z.object({ generations: z.array(keptGeneration) });

const generationSummary = z.object({ generation: z.int(), version: name, digest: name.optional() });

/** How a reload or a rollback ended. */
export const reloadView = z.object({
  plugin: name,
  outcome: z.enum(["reloaded", "unchanged", "refused", "rolled-back"]),
  serving: generationSummary.optional(),
  other: generationSummary.optional(),
  failed: z.object({ step: name, error: errorView }).optional(),
  dependents: z.array(name),
  tookMs: z.number(),
  heldMs: z.number(),
  /** How much longer the new version may be put back; absent when it is on no probation. */
  probationMs: z.number().optional(),
});

/** A plugin that was restarted by hand. */
export const restartView = z.object({ plugin: name, version: name, generation: z.int(), tookMs: z.number() });

export const reloadViews = z.object({ reports: z.array(reloadView) });

/** What switching a plugin on or off did. */
export const switchView = z.object({
  plugin: name,
  enabled: z.boolean(),
  /** Whether that is other than before. */
  changed: z.boolean(),
  /** What was switched off with it, in the order it was stopped. */
  dependents: z.array(name),
  /** What went wrong on the way; it is switched all the same. */
  problems: z.array(errorView),
});

/** Something that happened in the host. */
export const eventView = z.object({
  at: timeMs,
  subject: name,
  from: name,
  data: z.json(),
  /** Events before it that this watcher was too slow for. */
  lost: z.int(),
});

export type ErrorView = z.output<typeof errorView>;
export type HostStatus = z.output<typeof hostStatus>;
export type LivePlugin = z.output<typeof livePlugin>;
export type PluginInfo = z.output<typeof pluginInfo>;
export type KeptGenerationView = z.output<typeof keptGeneration>;
export type ReloadView = z.output<typeof reloadView>;
export type SwitchView = z.output<typeof switchView>;
export type EventView = z.output<typeof eventView>;
