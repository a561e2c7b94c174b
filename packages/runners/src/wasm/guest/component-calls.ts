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
   * Calls after all that came before: at once, when the component never waits. `around` is asked for when its turn has come; when it
   * throws, nothing is called.
   */
  soon(func: ComponentFunction, args: readonly unknown[], around: () => Disposable): unknown {
    if (this.#mayWait) return this.#queue.run(() => this.#suspendably(func, args, around));
    using _ = around();
    return this.now(func, args);
  }

  async #suspendably(func: ComponentFunction, args: readonly unknown[], around: () => Disposable): Promise<unknown> {
    if (this.#trapped) throw this.#trapped;
    using _ = around();
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
