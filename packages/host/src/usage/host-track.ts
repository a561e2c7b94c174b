import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "@berth/base";
import type { HostUsage } from "./plugin-usage.ts";

const MIB = 1_048_576;
const NS_PER_MS = 1_000_000;
const US_PER_MS = 1_000;
/** The timer by which delays are measured; they are told without it. */
const RESOLUTION_MS = 20;

/** Follows what the host's own process uses. */
export class HostTrack implements Disposable {
  readonly #clock: Clock;
  readonly #madeAt: number;
  #begunMs: number | undefined;
  #delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #last: { atMs: number; cpuMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    // The first monotonic reading of a process loads much of Node.js, which is not for the start of each host.
    this.#madeAt = clock.now();
  }

  /** From now on delays of the event loop are measured. */
  begin(): void {
    this.#begunAt(this.#clock.monotonicMs());
    this.#delay ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
  }

  look(): HostUsage {
    const atMs = this.#clock.monotonicMs();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, external } = process.memoryUsage();
    const cpuMs = (user + system) / US_PER_MS;
    const last = this.#last;
    this.#last = { atMs, cpuMs };
    return {
      cpuMs,
      cpuPercent: last && atMs > last.atMs ? ((cpuMs - last.cpuMs) / (atMs - last.atMs)) * 100 : null,
      memoryMb: rss / MIB,
      heapMb: heapUsed / MIB,
      externalMb: external / MIB,
      handles: process.getActiveResourcesInfo().length,
      ...this.#delays(),
      uptimeMs: atMs - this.#begunAt(atMs),
    };
  }

  [Symbol.dispose](): void {
    this.#delay?.disable();
    this.#delay = undefined;
  }

  /** As monotonic time, which is asked for soon after: no correction of the wall clock comes between. */
  #begunAt(atMs: number): number {
    this.#begunMs ??= atMs - Math.max(0, this.#clock.now() - this.#madeAt);
    return this.#begunMs;
  }

  #delays(): Pick<HostUsage, "eventLoopDelayMs" | "eventLoopDelayMaxMs"> {
    const delay = this.#delay;
    if (!delay || delay.count === 0) return { eventLoopDelayMs: null, eventLoopDelayMaxMs: null };
    const late = (ns: number): number => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
    const delays = { eventLoopDelayMs: late(delay.percentile(99)), eventLoopDelayMaxMs: late(delay.max) };
    delay.reset();
    return delays;
  }
}
