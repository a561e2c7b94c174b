import { type Clock, errorMessage } from "@berth/base";
import { ERROR_CODES, HostError, isHostError } from "@berth/contract";
import type { Generation, Guardian, ManagedPlugin, PluginCode } from "../lifecycle/index.ts";
import { type Change, endAll, type Running } from "./change.ts";
import type { ReloadSteps } from "./steps.ts";

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
  changes: readonly Change[];
  clock: Clock;
  rules: ProbationRules;
  steps: ReloadSteps;
  /** The code of a version before that has ended meanwhile, to load it once more. @throws when that is not kept. */
  codeOf(before: Running, plugin: ManagedPlugin): Promise<PluginCode>;
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
  readonly #endsMs: number;
  #isDecided = false;
  #calls = 0;
  #failures = 0;

  constructor(options: ProbationOptions) {
    const { promise, resolve } = Promise.withResolvers<"passed" | "failed">();
    this.over = promise;
    this.#settle = resolve;
    this.#options = options;
    const { clock, rules, steps } = options;
    this.#endsMs = clock.monotonicMs() + rules.windowMs;
    for (const { plugin, after } of options.changes) {
      this.#owned.use(plugin.guard(this.#guardianOf(after.generation)));
      this.#owned.use(plugin.onDidMove(({ step }) => void (step === "stop" && this.pass())));
      // Not written down at the property: V8 would make it among the old objects, and with it keep all that it knows.
      const judge = (error: unknown): void => this.#judge(plugin.name, error);
      after.generation.onCallEnd = judge;
    }
    this.#owned.defer(() => this.#abort.abort());
    this.#owned.use(clock.setTimer(() => void this.pass(), rules.windowMs));
    this.#askHealth();
    steps.enter("probation").catch((error: unknown) => this.#fail(asHostError(error)));
  }

  /** How much longer it is, if nothing decides it before; 0 when it is decided. */
  get leftMs(): number {
    return this.#isDecided ? 0 : Math.max(0, this.#endsMs - this.#options.clock.monotonicMs());
  }

  /** Takes the new version for good, now. */
  async pass(): Promise<void> {
    if (this.#decide()) {
      await endAll(this.#options.changes.map(({ before }) => before.generation));
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
    for (const { after } of this.#options.changes) after.generation.onCallEnd = undefined;
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
    const { clock, rules, changes } = this.#options;
    const timer = clock.setTimer(() => {
      const asked = Promise.all(changes.map(({ after }) => after.generation.health(this.#abort.signal)));
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
    const { changes } = this.#options;
    const lost = changes.filter(({ before }) => before.generation.isGone);
    const stopped = changes.filter((change) => !change.before.generation.isGone && !putBack(change));
    if (lost.length === 0) this.#options.onFailed(error);
    void this.#end({ error, changes, lost, stopped });
    return true;
  }

  async #end({ error, changes, lost, stopped }: Going): Promise<void> {
    const over = [...changes.map(({ after }) => after), ...stopped.map(({ before }) => before)];
    const ended = endAll(over.map(({ generation }) => generation));
    await Promise.all(lost.map((change) => this.#revive(change)));
    if (lost.length > 0) this.#options.onFailed(error);
    await ended;
    this.#settle("failed");
  }

  /** Loads the version before once more, with the state it had; calls wait for it. */
  async #revive({ plugin, before, after, state }: Change): Promise<void> {
    using _hold = plugin.hold({ reason: "its version before is being loaded again" });
    after.generation.retire();
    const { signal } = new AbortController(); // every step has its own limit
    let { code } = before;
    try {
      code = await this.#options.codeOf(before, plugin);
      const generation = await plugin.stage(code, () => Promise.resolve(), signal);
      generation.follow(after.generation);
      if (state) await generation.restoreState(state, signal);
      if (plugin.replace(after.generation, code, generation)) generation.serve();
    } catch (error) {
      await plugin.abandon(after.generation, errorMessage(error), code);
    } finally {
      await plugin.unstage();
    }
  }
}

/** What a failed probation leaves to be done. */
interface Going {
  error: HostError;
  changes: readonly Change[];
  /** Those whose version before has ended meanwhile, and is to be loaded again. */
  lost: readonly Change[];
  /** Those that were stopped. */
  stopped: readonly Change[];
}

/** @returns false when the plugin was stopped meanwhile. */
function putBack({ plugin, before, after }: Change): boolean {
  after.generation.retire();
  if (!plugin.replace(after.generation, before.code, before.generation)) return false;
  before.generation.serve();
  return true;
}

function isPluginsFault(error: unknown): boolean {
  return !isHostError(error) || ERROR_CODES[error.code].fault === "plugin";
}

function asHostError(error: unknown): HostError {
  return isHostError(error) ? error : new HostError("RELOAD_FAILED", String(error), { cause: error });
}
