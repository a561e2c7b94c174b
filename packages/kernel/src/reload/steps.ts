import { type Clock, errorMessage, type Failpoints, runWithin } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";
import type { ReloadStep } from "./report.ts";

/** What {@link ReloadSteps} needs. */
export interface ReloadStepsOptions {
  plugin: string;
  failpoints: Failpoints;
  clock: Clock;
  signal: AbortSignal;
}

/** How long it may take to begin a step. What it does then has limits of its own. */
const ENTER_LIMIT_MS = 5_000;

/** How far a reload has come; every step is a failpoint, `reload.STEP`. */
export class ReloadSteps {
  readonly #options: ReloadStepsOptions;
  #step: ReloadStep = "detect";
  #failedAt: ReloadStep | undefined;

  constructor(options: ReloadStepsOptions) {
    this.#options = options;
  }

  get step(): ReloadStep {
    return this.#failedAt ?? this.#step;
  }

  readonly enter = async (step: ReloadStep): Promise<void> => {
    this.#step = step;
    const { failpoints, clock, signal } = this.#options;
    const name = `reload.${step}`;
    const onTimeout = (): HostError => this.#tooLong();
    if (failpoints.isArmed(name)) {
      await runWithin({ clock, limitMs: ENTER_LIMIT_MS, signal, onTimeout }, () => failpoints.visit(name));
    } else {
      await failpoints.visit(name);
    }
    signal.throwIfAborted();
  };

  /** Several do the same steps side by side: when one fails, its step is the one at which all failed. */
  async beside<T>(work: (enter: (step: ReloadStep) => Promise<void>) => Promise<T>): Promise<T> {
    let at = this.#step;
    try {
      return await work((step) => {
        at = step;
        return this.enter(step);
      });
    } catch (error) {
      this.#failedAt ??= at;
      throw error;
    }
  }

  /** Work of an earlier step that goes on while later ones are done. */
  async during<T>(step: ReloadStep, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#failedAt ??= step;
      throw error;
    }
  }

  #tooLong(): HostError {
    const { plugin } = this.#options;
    const message = `Cannot reload plugin "${plugin}": step ${this.#step} took longer than ${ENTER_LIMIT_MS / 1_000} s`;
    return new HostError("CALL_DEADLINE_EXCEEDED", message);
  }
}

/** A reload that came to nothing; what served before goes on. */
export class ReloadFailure extends Error {
  override readonly name = "ReloadFailure";
  readonly step: ReloadStep;
  readonly error: HostError;
  /** Settles when nothing of the new version is left. */
  readonly ended: Promise<void>;

  constructor(plugin: string, step: ReloadStep, cause: unknown, ended: Promise<void> = Promise.resolve()) {
    super(errorMessage(cause), { cause });
    this.step = step;
    this.error = isHostError(cause)
      ? cause
      : new HostError("RELOAD_FAILED", `Cannot reload plugin "${plugin}" (${step}): ${errorMessage(cause)}`, { cause });
    this.ended = ended;
  }
}
