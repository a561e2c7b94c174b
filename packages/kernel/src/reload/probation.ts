import { type Clock, errorMessage } from "@berth/base";
import { ERROR_CODES, HostError, isHostError } from "@berth/contract";
import type { Generation, Guardian } from "../lifecycle/index.ts";
import { type Change, endAll } from "./change.ts";
import type { ReloadSteps } from "./steps.ts";
import type { Swap } from "./swap.ts";

/** When a new version is taken for good, and when it is not. */
export interface ProbationRules {
  /** How long the version before it is kept ready; default 10,000. */
  windowMs: number;
  /** How many calls may fail in that time, when at least half of them do; default 5. */
  maxFailures: number;
  /** How often its health is asked for; default 250. */
  healthEveryMs: number;
}

export const PROBATION_RULES: Readonly<ProbationRules> = { windowMs: 10_000, maxFailures: 5, healthEveryMs: 250 };

/** What {@link Probation} needs. */
export interface ProbationOptions {
  swap: Swap;
  clock: Clock;
  rules: ProbationRules;
  steps: ReloadSteps;
  /** The old version serves again; what is left of the new one is being ended. */
  onFailed(error: HostError): void;
}

/**
 * The time after a reload in which the old generations are kept ready: a new one that ends, is unhealthy or fails too many calls is replaced by
 * the one before it at once, with the state that one had.
 */
export class Probation implements AsyncDisposable {
  /** Settles when it is decided, and the generations that lost are gone. */
  readonly over: Promise<"passed" | "failed">;
  readonly #options: ProbationOptions;
  readonly #owned = new DisposableStack();
  readonly #settle: (outcome: "passed" | "failed") => void;
  readonly #abort = new AbortController();
  #isDecided = false;
  #calls = 0;
  #failures = 0;

  constructor(options: ProbationOptions) {
    const { promise, resolve } = Promise.withResolvers<"passed" | "failed">();
    this.over = promise;
    this.#settle = resolve;
    this.#options = options;
    const { clock, rules, steps } = options;
    for (const { plugin, after } of options.swap.changes) {
      this.#owned.use(plugin.guard(this.#guardianOf(after.generation)));
      after.generation.onCallEnd = (error) => this.#judge(plugin.name, error);
    }
    this.#owned.defer(() => this.#abort.abort());
    this.#owned.use(clock.setTimer(() => void this.pass(), rules.windowMs));
    this.#askHealth();
    steps.enter("probation").catch((error: unknown) => this.#fail(asHostError(error)));
  }

  /** Takes the new version for good, now. */
  async pass(): Promise<void> {
    if (this.#decide()) {
      await endAll(this.#options.swap.changes.map(({ before }) => before.generation));
      this.#settle("passed");
    }
    await this.over;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pass();
  }

  #decide(): boolean {
    if (this.#isDecided) return false;
    this.#isDecided = true;
    for (const { after } of this.#options.swap.changes) after.generation.onCallEnd = undefined;
    this.#owned.dispose();
    return true;
  }

  #guardianOf(generation: Generation): Guardian {
    return {
      onExit: (ended, reason) => {
        if (ended !== generation) return false;
        return this.#fail(new HostError("PLUGIN_FAILED", `The new version ended by itself: ${reason}`));
      },
    };
  }

  #judge(plugin: string, error: unknown): void {
    this.#calls++;
    if (error === undefined || !isPluginsFault(error)) return;
    this.#failures++;
    const { maxFailures } = this.#options.rules;
    if (this.#failures <= maxFailures || this.#failures * 2 < this.#calls) return;
    const why = `${this.#failures} of ${this.#calls} calls failed`;
    this.#fail(
      new HostError("RELOAD_FAILED", `The new version of plugin "${plugin}" failed: ${why}`, { cause: error }),
    );
  }

  #askHealth(): void {
    const { clock, rules, swap } = this.#options;
    const timer = clock.setTimer(() => {
      const asked = Promise.all(swap.changes.map(({ after }) => after.generation.health(this.#abort.signal)));
      asked.then(
        (reports) => {
          const ill = reports.find(({ health }) => health === "unhealthy");
          if (ill) this.#fail(new HostError("RELOAD_FAILED", `The new version is unhealthy: ${ill.message ?? ""}`));
          else if (!this.#isDecided) this.#askHealth();
        },
        () => undefined, // decided meanwhile
      );
    }, rules.healthEveryMs);
    this.#owned.use(timer);
  }

  /** @returns whether this was what decided: the version before serves again, or will at once. */
  #fail(error: HostError): boolean {
    if (!this.#decide()) return false;
    const { changes } = this.#options.swap;
    const lost = changes.filter(({ before }) => before.generation.isGone);
    const stopped = changes.filter((change) => !change.before.generation.isGone && !putBack(change));
    this.#options.onFailed(error);
    void this.#end(changes, lost, stopped);
    return true;
  }

  async #end(changes: readonly Change[], lost: readonly Change[], stopped: readonly Change[]): Promise<void> {
    const over = [...changes.map(({ after }) => after), ...stopped.map(({ before }) => before)];
    await Promise.all([...lost.map(revive), endAll(over.map(({ generation }) => generation))]);
    this.#settle("failed");
  }
}

/** @returns false when the plugin was stopped meanwhile. */
function putBack({ plugin, before, after }: Change): boolean {
  after.generation.retire();
  if (!plugin.replace(after.generation, before.code, before.generation)) return false;
  before.generation.serve();
  return true;
}

/** Loads the version before once more, with the state it had; calls wait for it. */
async function revive({ plugin, before, after, state }: Change): Promise<void> {
  using _hold = plugin.hold({ reason: "its version before is being loaded again" });
  after.generation.retire();
  const { signal } = new AbortController(); // every step has its own limit
  try {
    const generation = await plugin.stage(before.code, () => Promise.resolve(), signal);
    if (state) await generation.restoreState(state, signal);
    if (plugin.replace(after.generation, before.code, generation)) generation.serve();
  } catch (error) {
    await plugin.abandon(after.generation, errorMessage(error));
  } finally {
    await plugin.unstage();
  }
}

function isPluginsFault(error: unknown): boolean {
  return !isHostError(error) || ERROR_CODES[error.code].fault === "plugin";
}

function asHostError(error: unknown): HostError {
  return isHostError(error) ? error : new HostError("RELOAD_FAILED", String(error), { cause: error });
}
