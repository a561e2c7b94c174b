import type { Failpoints } from "@berth/base";
import { errorMessage } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";
import type { ReloadStep } from "./report.ts";

/** How far a reload has come; every step is a failpoint, `reload.STEP`. */
export class ReloadSteps {
  readonly #failpoints: Failpoints;
  #step: ReloadStep = "detect";

  constructor(failpoints: Failpoints) {
    this.#failpoints = failpoints;
  }

  get step(): ReloadStep {
    return this.#step;
  }

  readonly enter = async (step: ReloadStep): Promise<void> => {
    this.#step = step;
    await this.#failpoints.visit(`reload.${step}`);
  };
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
