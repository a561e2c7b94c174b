import { randomUUID } from "node:crypto";
import { rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, errorMessage, runWithin, systemClock } from "@berth/base";
import type { HostConfig } from "@berth/kernel/config";
import type { CheckAnswer } from "@berth/kernel/health";
import { hostHealthSettings } from "../monitoring/settings.ts";
import type { HostHealth } from "./host-health.ts";

/** What {@link HostChecks} needs. */
export interface HostChecksOptions {
  health: Pick<HostHealth, "hostChecked">;
  dataFolder: string;
  clock: Clock;
  config: Pick<HostConfig, "health">;
  /** As it was last measured; `null` when nobody does. */
  eventLoopDelayMs: () => number | null;
}

const MIB = 1_048_576;
/** A disk that does not answer is no better than one that is full. */
const LIMIT_MS = 5_000;

/** Looks at the host itself at intervals: whether it can write, how much room there is, whether its event loop keeps up. */
export class HostChecks implements Disposable {
  readonly #options: HostChecksOptions;
  readonly #over = new AbortController();
  #timer: Disposable | undefined;

  constructor(options: HostChecksOptions) {
    this.#options = options;
  }

  /** The first look comes at once; none when `health.interval_ms` is 0. */
  begin(): void {
    if (hostHealthSettings(this.#options.config).interval_ms > 0) void this.#lookAgainAndAgain();
  }

  /** All checks, once. */
  async look(): Promise<void> {
    const { health, config } = this.#options;
    const rule = hostHealthSettings(config);
    // What can be measured needs no second opinion to be believed.
    const hard = { failures: 1, successes: rule.successes };
    health.hostChecked("storage", await this.#within(() => this.#storage()), hard);
    if (rule.disk_free_mb > 0)
      health.hostChecked("disk", await this.#within(() => this.#disk(rule.disk_free_mb)), hard);
    const delayMs = this.#options.eventLoopDelayMs();
    if (rule.event_loop_delay_ms > 0 && delayMs !== null)
      health.hostChecked("event-loop", eventLoop(delayMs, rule.event_loop_delay_ms), rule);
  }

  [Symbol.dispose](): void {
    this.#over.abort(new Error("The host is stopping"));
    this.#timer?.[Symbol.dispose]();
  }

  async #lookAgainAndAgain(): Promise<void> {
    await this.look();
    const { clock, config } = this.#options;
    const { interval_ms: intervalMs } = hostHealthSettings(config);
    if (this.#over.signal.aborted || intervalMs === 0) return;
    this.#timer = clock.setTimer(() => void this.#lookAgainAndAgain(), intervalMs);
  }

  async #within(check: () => Promise<CheckAnswer>): Promise<CheckAnswer> {
    const onTimeout = (): Error => new Error(`the file system did not answer within ${LIMIT_MS / 1_000} s`);
    try {
      // A disk knows no other time than the machine's.
      return await runWithin({ clock: systemClock, limitMs: LIMIT_MS, onTimeout }, check);
    } catch (error) {
      return { health: "unhealthy", message: errorMessage(error) };
    }
  }

  /** What is written is as long as a page of the database. */
  async #storage(): Promise<CheckAnswer> {
    const path = join(this.#options.dataFolder, `.health-${randomUUID()}`);
    try {
      await writeFile(path, new Uint8Array(4_096), { flag: "wx", mode: 0o600 });
      return { health: "healthy" };
    } finally {
      await rm(path, { force: true });
    }
  }

  async #disk(leastMb: number): Promise<CheckAnswer> {
    const { bavail, bsize } = await statfs(this.#options.dataFolder);
    const freeMb = Math.floor((bavail * bsize) / MIB);
    const details = { freeMb };
    if (freeMb >= leastMb) return { health: "healthy", details };
    return { health: "unhealthy", message: `${freeMb} MiB are free, and ${leastMb} are wanted`, details };
  }
}

function eventLoop(delayMs: number, mostMs: number): CheckAnswer {
  const details = { delayMs: Math.round(delayMs) };
  if (delayMs <= mostMs) return { health: "healthy", details };
  return { health: "degraded", message: `its event loop is ${Math.round(delayMs)} ms late`, details };
}
