import { type Clock, Emitter, errorMessage, mapWithWidth } from "@berth/base";
import { HostError } from "@berth/contract";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { HostTrack } from "./host-track.ts";
import { type BrokerUsage, PluginTrack, type UsageHistoryRow } from "./plugin-track.ts";
import type { PluginUsage, UsageSnapshot } from "./plugin-usage.ts";

/** What {@link UsageSampler} needs. */
export interface UsageSamplerOptions {
  directory: () => PluginDirectory;
  clock: Clock;
  /** 0: it looks only when asked. */
  intervalMs: number;
  /** Looks to be remembered of each plugin. */
  history: number;
  brokers: (plugin: string) => BrokerUsage | undefined;
  limitHits: (plugin: string) => number;
  log: { error(message: string): void };
}

/** Threads are asked this many at a time. */
const WIDTH = 16;

/**
 * Looks at what plugins and host use, all in one turn: one timer, whatever there is to look at. It looks by itself once {@link begin} was
 * called, so a host that serves nobody has no timer.
 */
export class UsageSampler implements Disposable {
  readonly #options: UsageSamplerOptions;
  readonly #host: HostTrack;
  readonly #tracks = new Map<ManagedPlugin, PluginTrack>();
  readonly #sampled = new Emitter<UsageSnapshot>();
  #timer: Disposable | undefined;
  #looking: Promise<UsageSnapshot> | undefined;
  #latest: { snapshot: UsageSnapshot; atMs: number } | undefined;
  #isOver = false;

  constructor(options: UsageSamplerOptions) {
    this.#options = options;
    this.#host = new HostTrack(options.clock);
  }

  /** How often it looks by itself; 0: never. */
  get intervalMs(): number {
    return this.#options.intervalMs;
  }

  /** The last look, if there was one. */
  get latest(): UsageSnapshot | undefined {
    return this.#latest?.snapshot;
  }

  /** Looks at intervals from now on. */
  begin(): void {
    if (this.#options.intervalMs === 0 || this.#timer || this.#isOver) return;
    this.#host.begin();
    this.#followAll();
    this.#arm();
  }

  /** The last look if it is no older than `maxAgeMs`, or a new one; those who ask meanwhile get the same. */
  snapshot(maxAgeMs = 1_000): Promise<UsageSnapshot> {
    const latest = this.#latest;
    if (latest && this.#options.clock.monotonicMs() - latest.atMs <= maxAgeMs) return Promise.resolve(latest.snapshot);
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Hears of every look. */
  onDidSample(listener: (snapshot: UsageSnapshot) => void): Disposable {
    return this.#sampled.on(listener);
  }

  /** What is remembered of a plugin, oldest first. @throws HostError when there is no such plugin. */
  history(plugin: string): UsageHistoryRow[] {
    return this.#tracks.get(this.#options.directory().get(plugin))?.history ?? [];
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#host[Symbol.dispose]();
    for (const track of this.#tracks.values()) track[Symbol.dispose]();
    this.#tracks.clear();
  }

  #arm(): void {
    if (this.#isOver) return;
    this.#timer = this.#options.clock.setTimer(() => {
      this.snapshot(this.#options.intervalMs / 2).then(
        () => this.#arm(),
        (error: unknown) => {
          this.#options.log.error(`Cannot look at what plugins use: ${errorMessage(error)}`);
          this.#arm();
        },
      );
    }, this.#options.intervalMs);
  }

  async #look(): Promise<UsageSnapshot> {
    if (this.#isOver) throw new HostError("CALL_CANCELLED", "Cannot look at what plugins use: the host is stopping");
    const { clock } = this.#options;
    const at = clock.now();
    const looks = await mapWithWidth([...this.#followAll()], WIDTH, (track) => track.look(at));
    const plugins = looks.flatMap((look): PluginUsage[] => (look.status === "fulfilled" ? [look.value] : []));
    const snapshot: UsageSnapshot = { at, host: this.#host.look(), plugins };
    this.#latest = { snapshot, atMs: clock.monotonicMs() };
    this.#sampled.emit(snapshot);
    return snapshot;
  }

  /** Plugins may have come since the last look; none is ever taken out of a host. */
  #followAll(): Iterable<PluginTrack> {
    const { directory, clock, history, brokers, limitHits } = this.#options;
    for (const plugin of directory().plugins) {
      if (this.#tracks.has(plugin)) continue;
      this.#tracks.set(plugin, new PluginTrack({ plugin, clock, history, brokers, limitHits }));
    }
    return this.#tracks.values();
  }
}
