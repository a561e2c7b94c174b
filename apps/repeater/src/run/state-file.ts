import { readFile, rm } from "node:fs/promises";
import { errorMessage, writeFileAtomically } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Counters } from "./counters.ts";

/** What is kept of a series of runs, so that another process can go on with it. */
export interface SeriesState {
  version: 1;
  /** What is repeated; a file of another series is refused. */
  series: string;
  /** When the first run was to begin, milliseconds since 1970. */
  begunAt: number;
  /** The last time that was taken, by the wall clock: it does not run again. */
  lastSlot: number | null;
  runs: number;
  successes: number;
  failures: number;
  consecutiveFailures: number;
}

/** The file of `--state`. Each change is whole and on the disk before the run begins that it speaks of. */
export class StateFile {
  readonly #path: string;
  readonly state: SeriesState;
  #written: Promise<void> = Promise.resolve();

  private constructor(path: string, state: SeriesState) {
    this.#path = path;
    this.state = state;
  }

  /** @throws HostError `CONFIG_INVALID` when it is no such file, or that of another series. */
  static async open(path: string, series: string, nowMs: number): Promise<StateFile> {
    const kept = await readState(path);
    if (kept && kept.series !== series) {
      throw new HostError(
        "CONFIG_INVALID",
        `Cannot go on from ${path}: it is of another series, ${kept.series}; name another file, or remove it`,
      );
    }
    const fresh = {
      version: 1,
      series,
      begunAt: nowMs,
      lastSlot: null,
      runs: 0,
      successes: 0,
      failures: 0,
      consecutiveFailures: 0,
    };
    return new StateFile(path, kept ?? (fresh as SeriesState));
  }

  get isResumed(): boolean {
    return this.state.runs > 0 || this.state.lastSlot !== null;
  }

  /** Puts the totals of earlier processes into `counters`. */
  restore(counters: Counters): void {
    const { runs, successes, failures, consecutiveFailures } = this.state;
    Object.assign(counters, { runs, successes, failures, consecutiveFailures });
  }

  /** A run is about to begin at `slot`. */
  take(slot: number): Promise<void> {
    this.state.lastSlot = slot;
    return this.#write();
  }

  ended({ runs, successes, failures, consecutiveFailures }: Counters): Promise<void> {
    Object.assign(this.state, { runs, successes, failures, consecutiveFailures });
    return this.#write();
  }

  /** The series is complete: the next start is a new one. */
  async remove(): Promise<void> {
    await this.#written;
    await rm(this.#path, { force: true });
  }

  #write(): Promise<void> {
    const text = `${JSON.stringify(this.state)}\n`;
    this.#written = this.#written.then(() => writeFileAtomically(this.#path, text, 0o600));
    return this.#written;
  }
}

async function readState(path: string): Promise<SeriesState | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new HostError("CONFIG_INVALID", `Cannot read ${path}: ${errorMessage(error)}`, { cause: error });
  }
  const state = soundState(text);
  if (state) return state;
  throw new HostError(
    "CONFIG_INVALID",
    `Cannot go on from ${path}: it is no state of rpr; name another file, or remove it`,
  );
}

/** A state as it was written; `undefined` when it is none. */
export function soundState(text: string): SeriesState | undefined {
  try {
    const value = JSON.parse(text) as SeriesState;
    const { version, series, begunAt, lastSlot, runs, successes, failures, consecutiveFailures } = value;
    const counts = [runs, successes, failures, consecutiveFailures];
    const isSound =
      version === 1 &&
      typeof series === "string" &&
      Number.isFinite(begunAt) &&
      (lastSlot === null || Number.isFinite(lastSlot)) &&
      counts.every((count) => Number.isSafeInteger(count) && count >= 0);
    return isSound ? value : undefined;
  } catch {
    return undefined;
  }
}
