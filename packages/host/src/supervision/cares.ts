import type { Clock } from "@berth/base";
import type { HostError } from "@berth/contract";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { Care, type LastExit } from "./care.ts";
import { restarting } from "./supervision-errors.ts";

/** How the restarts of one plugin stand. */
export interface SupervisionStatus {
  state: Care["state"];
  /** Since the host started, or somebody restarted it by hand. */
  restarts: number;
  lastExit?: LastExit;
  /** Milliseconds since 1970; absent unless it waits. */
  nextAttemptAt?: number;
}

/** So long a call waits for a plugin that is started again; one that would have to wait longer is refused at once. */
const CALL_WAIT_MS = 5_000;

/** What is known of plugins that have ended by themselves, and the holds that keep their calls waiting. */
export class Cares {
  readonly #directory: PluginDirectory;
  readonly #clock: Clock;
  readonly #cares = new Map<string, Care>();

  constructor(directory: PluginDirectory, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** All that have ended since the host was made. */
  get all(): ReadonlyMap<string, Care> {
    return this.#cares;
  }

  find(name: string): Care | undefined {
    return this.#cares.get(name);
  }

  of(name: string): Care {
    const known = this.#cares.get(name);
    if (known) return known;
    const made = new Care();
    this.#cares.set(name, made);
    return made;
  }

  forget(name: string): void {
    this.#cares.delete(name);
  }

  statusOf(name: string): SupervisionStatus {
    const { state = "watching", restarts = 0, lastExit, nextAttemptAt } = this.#cares.get(name) ?? {};
    return {
      state,
      restarts,
      ...(lastExit ? { lastExit } : {}),
      ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
    };
  }

  /** Calls wait, each within its bounds, until it is {@link free} again. */
  hold(name: string): void {
    const care = this.of(name);
    if (care.state === "watching") care.state = "restarting";
    const now = (): number => this.#clock.now();
    const error = (): HostError => care.gaveUp ?? restarting(name, care, now());
    care.hold ??= this.#directory.get(name).hold({
      reason: "it ended by itself and is being started again",
      limitMs: CALL_WAIT_MS,
      refuse: () =>
        care.gaveUp || care.isRefusing || (care.nextAttemptAt ?? 0) - now() > CALL_WAIT_MS ? error() : undefined,
      error,
    });
  }

  free(name: string): void {
    const care = this.of(name);
    care.state = "watching";
    care.isRefusing = false;
    care.nextAttemptAt = undefined;
    care.hold?.[Symbol.dispose]();
    care.hold = undefined;
  }

  /** The host is stopping: no restart goes on, and whoever waits, or comes, is told. */
  stop(error: HostError): void {
    for (const [name, { work, hold }] of this.#cares) {
      work?.over.abort(error);
      if (!hold) continue;
      hold.fail(error);
      this.#directory.get(name).hold({ reason: "the host is stopping", refuse: () => error });
    }
  }

  /** Ends a restart under way, and lets go all that it holds. @returns who was still to be started by it, providers first. */
  abandon(leader: string): readonly string[] {
    const work = this.find(leader)?.work;
    work?.over.abort();
    for (const name of [leader, ...(work?.remaining ?? [])]) this.free(name);
    return work?.remaining ?? [];
  }
}
