import { errorMessage, SerialQueue } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";
import type { ComponentFunction } from "../component/functions.ts";
import type { LinkedComponent } from "../component/link-component.ts";

/** A component that was linked, and how it is called. */
export interface RunningComponent {
  component: LinkedComponent;
  calls: ComponentCalls;
  /** Hears that it answered with a failure. */
  onFailure: () => void;
}

/** The one way into a component: one call at a time, and none after a trap. */
export class ComponentCalls {
  readonly #mayWait: boolean;
  readonly #onTrap: (error: HostError) => void;
  readonly #queue = new SerialQueue();
  #trapped: HostError | undefined;

  /** `onTrap` is told once that nothing in it can be called any more. */
  constructor({ mayWait }: Pick<LinkedComponent, "mayWait">, onTrap: (error: HostError) => void) {
    this.#mayWait = mayWait;
    this.#onTrap = onTrap;
  }

  /** Calls a function of a component that never waits. @throws HostError when it traps, or did before. */
  now(func: ComponentFunction, args: readonly unknown[]): unknown {
    if (this.#trapped) throw this.#trapped;
    try {
      return func.call(args);
    } catch (error) {
      throw this.#trap(error);
    }
  }

  /**
   * Calls after all that came before: at once, when the component never waits. `onTurn` is called just before, and told whether it had
   * to wait for its turn; when it throws, nothing is called.
   */
  soon(func: ComponentFunction, args: readonly unknown[], onTurn: (hasWaited: boolean) => void): unknown {
    if (this.#mayWait) return this.#queue.run(() => this.#suspendably(func, args, onTurn));
    onTurn(false);
    return this.now(func, args);
  }

  async #suspendably(
    func: ComponentFunction,
    args: readonly unknown[],
    onTurn: (hasWaited: boolean) => void,
  ): Promise<unknown> {
    if (this.#trapped) throw this.#trapped;
    onTurn(true);
    try {
      return await func.callSuspendable!(args);
    } catch (error) {
      throw this.#trap(error);
    }
  }

  /** Whatever a component throws is one: what it has to say it returns. */
  #trap(error: unknown): HostError {
    if (!this.#trapped) {
      this.#trapped = isHostError(error)
        ? error
        : new HostError("PLUGIN_FAILED", `The component trapped: ${errorMessage(error)}`, { cause: error });
      this.#onTrap(this.#trapped);
    }
    return this.#trapped;
  }
}
