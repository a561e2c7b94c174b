import { Emitter } from "@berth/base";
import { HostError, LIFECYCLE_MOVES, type LifecycleState, type LifecycleStep } from "@berth/contract";

/** One move that was made. */
export interface LifecycleMove {
  step: LifecycleStep;
  from: LifecycleState;
  to: LifecycleState;
}

/** The state of one plugin, moved only along {@link LIFECYCLE_MOVES}. */
export class Lifecycle {
  readonly #plugin: string;
  readonly #moved = new Emitter<LifecycleMove>();
  #state: LifecycleState = "unloaded";

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  onDidMove(listener: (move: LifecycleMove) => void): Disposable {
    return this.#moved.on(listener);
  }

  /** @throws HostError `LIFECYCLE_MOVE_ILLEGAL` naming the steps that are legal now. */
  move(step: LifecycleStep): void {
    const from = this.#state;
    const to = LIFECYCLE_MOVES[from][step];
    if (!to) {
      const legal = Object.keys(LIFECYCLE_MOVES[from]).join(", ");
      throw new HostError(
        "LIFECYCLE_MOVE_ILLEGAL",
        `Cannot ${step} plugin "${this.#plugin}": it is ${from}, from which it can ${legal}`,
      );
    }
    this.#state = to;
    this.#moved.emit({ step, from, to });
  }
}
