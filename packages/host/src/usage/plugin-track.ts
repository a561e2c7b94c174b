import { type Clock, runWithin } from "@berth/base";
import { type ResourceUsage, UNKNOWN_USAGE } from "@berth/contract";
import type { Generation, ManagedPlugin } from "@berth/kernel/lifecycle";
import { FigureRing } from "@berth/kernel/usage";
import type { PluginUsage } from "./plugin-usage.ts";

/** What the host itself knows of a plugin's use of the world. */
export interface BrokerUsage {
  connections: number;
  networkBytes: number;
  fileBytes: number;
  memoryLimitMb: number;
}

/** What {@link PluginTrack} needs. */
export interface PluginTrackOptions {
  plugin: ManagedPlugin;
  clock: Clock;
  /** Looks to be remembered. */
  history: number;
  brokers: (plugin: string) => BrokerUsage | undefined;
  limitHits: (plugin: string) => number;
}

/** What is remembered of each look. */
const HISTORY_FIGURES = ["at", "cpuPercent", "memoryMb", "callsPerSecond", "errorsPerSecond", "p99Ms"] as const;

/** One remembered look. */
export type UsageHistoryRow = Record<(typeof HISTORY_FIGURES)[number], number | null>;

/** A thread answers at once, unless it is in native code; what was known of it stands then. */
const ASK_LIMIT_MS = 1_000;
const MIB = 1_048_576;

interface Look {
  atMs: number;
  generation: number | null;
  cpuMs: number | null;
  calls: number | null;
  errors: number | null;
}

/** Follows what one plugin uses from look to look. */
export class PluginTrack implements Disposable {
  readonly #options: PluginTrackOptions;
  readonly #ring: FigureRing<(typeof HISTORY_FIGURES)[number]>;
  readonly #listening: Disposable;
  #last: Look | undefined;
  /** Of the generation that was seen last. */
  #resources: ResourceUsage = UNKNOWN_USAGE;
  #seen: Generation | undefined;
  #servesSinceMs = 0;
  /** Of the generations before. */
  #cpuBeforeMs = 0;
  #hasFailed = false;
  #restarts = 0;

  constructor(options: PluginTrackOptions) {
    this.#options = options;
    this.#ring = new FigureRing(HISTORY_FIGURES, options.history);
    this.#listening = options.plugin.onDidMove(({ from, step }) => {
      if (step === "fail" && from === "active") this.#hasFailed = true;
      if (step !== "activate") return;
      this.#restarts += this.#hasFailed ? 1 : 0;
      this.#hasFailed = false;
    });
  }

  get history(): UsageHistoryRow[] {
    return this.#ring.rows;
  }

  async look(at: number): Promise<PluginUsage> {
    const { plugin, clock, brokers, limitHits } = this.#options;
    const generation = plugin.serving;
    this.#meet(generation);
    if (generation) this.#resources = await this.#ask(generation);
    const counts = plugin.tally?.counts;
    const broker = brokers(plugin.name);
    const { memoryMb } = this.#resources;
    const look: Look = {
      atMs: clock.monotonicMs(),
      generation: generation?.number ?? null,
      cpuMs: this.#resources.cpuMs,
      calls: counts?.calls ?? null,
      errors: counts?.errors ?? null,
    };
    const usage: PluginUsage = {
      plugin: plugin.name,
      version: plugin.manifest.plugin.version,
      state: plugin.state,
      tier: generation?.channel.tier ?? null,
      generation: look.generation,
      uptimeMs: generation ? look.atMs - this.#servesSinceMs : null,
      ...this.#resources,
      cpuMs: look.cpuMs === null ? (this.#cpuBeforeMs > 0 ? this.#cpuBeforeMs : null) : this.#cpuBeforeMs + look.cpuMs,
      memoryPercent: memoryMb === null || !broker ? null : (memoryMb / broker.memoryLimitMb) * 100,
      calls: look.calls,
      errors: look.errors,
      inFlight: generation?.inFlight.count ?? 0,
      ...changes(this.#last, look),
      ...(plugin.tally?.recent ?? { p50Ms: null, p95Ms: null, p99Ms: null }),
      connections: broker?.connections ?? 0,
      networkMb: (broker?.networkBytes ?? 0) / MIB,
      fileMb: (broker?.fileBytes ?? 0) / MIB,
      restarts: this.#restarts,
      limitHits: limitHits(plugin.name),
    };
    this.#last = look;
    this.#ring.push({ ...usage, at });
    return usage;
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  /** Another generation begins from nothing. */
  #meet(generation: Generation | undefined): void {
    if (this.#seen === generation) return;
    this.#cpuBeforeMs += this.#resources.cpuMs ?? 0;
    this.#resources = UNKNOWN_USAGE;
    this.#seen = generation;
    this.#servesSinceMs = this.#options.clock.monotonicMs();
  }

  async #ask({ channel }: Generation): Promise<ResourceUsage> {
    if (!channel.usage) return UNKNOWN_USAGE;
    const onTimeout = (): Error => new Error("no answer");
    try {
      return await runWithin({ clock: this.#options.clock, limitMs: ASK_LIMIT_MS, onTimeout }, () => channel.usage!());
    } catch {
      // It ended meanwhile, or is in native code.
      return this.#resources;
    }
  }
}

type Changes = Pick<PluginUsage, "cpuPercent" | "callsLately" | "callsPerSecond" | "errorsPerSecond" | "errorPercent">;

const NO_CHANGES: Changes = {
  cpuPercent: null,
  callsLately: null,
  callsPerSecond: null,
  errorsPerSecond: null,
  errorPercent: null,
};

function changes(before: Look | undefined, now: Look): Changes {
  const elapsedMs = before === undefined ? 0 : now.atMs - before.atMs;
  if (before === undefined || elapsedMs <= 0) return NO_CHANGES;
  const calls = difference(before.calls, now.calls);
  const errors = difference(before.errors, now.errors);
  const cpuMs = before.generation === now.generation ? difference(before.cpuMs, now.cpuMs) : null;
  const aSecond = (count: number | null): number | null => (count === null ? null : (count / elapsedMs) * 1_000);
  return {
    cpuPercent: cpuMs === null ? null : Math.max(0, (cpuMs / elapsedMs) * 100),
    callsLately: calls,
    callsPerSecond: aSecond(calls),
    errorsPerSecond: aSecond(errors),
    errorPercent: calls === null || errors === null || calls === 0 ? null : (errors / calls) * 100,
  };
}

function difference(before: number | null, now: number | null): number | null {
  return before === null || now === null ? null : now - before;
}
