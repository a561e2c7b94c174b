/**
 * Named places where a test may hold, fail or count a step (`storage.fsync`, `lifecycle.initialize`). In production none is
 * armed and a visit costs one map look-up on an empty map.
 */
export class Failpoints {
  readonly #actions = new Map<string, (visit: number) => void | Promise<void>>();
  readonly #visits = new Map<string, number>();

  /** Runs `action` at every visit of `name` until disposed; an error it throws is the step's failure. */
  arm(name: string, action: (visit: number) => void | Promise<void>): Disposable {
    this.#actions.set(name, action);
    return { [Symbol.dispose]: () => void this.#actions.delete(name) };
  }

  /** Whether a visit of `name` may take time, or fail. */
  isArmed(name: string): boolean {
    return this.#actions.has(name);
  }

  visits(name: string): number {
    return this.#visits.get(name) ?? 0;
  }

  async visit(name: string): Promise<void> {
    if (this.#actions.size === 0) return;
    const visit = this.visits(name) + 1;
    this.#visits.set(name, visit);
    await this.#actions.get(name)?.(visit);
  }

  /**
   * As {@link visit}, for a step that must not let other code run in between. An action that answers a promise is refused: it
   * could not hold the step.
   */
  visitNow(name: string): void {
    if (this.#actions.size === 0) return;
    const visit = this.visits(name) + 1;
    this.#visits.set(name, visit);
    if (this.#actions.get(name)?.(visit) instanceof Promise) {
      throw new TypeError(`Cannot hold "${name}" with a promise: the step is synchronous`);
    }
  }
}
