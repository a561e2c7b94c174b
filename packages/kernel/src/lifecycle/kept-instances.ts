import type { InstanceRequest } from "@berth/contract";
import type { Generation } from "./generation.ts";

/** The instances that every new generation of a plugin opens before it serves. */
export class KeptInstances {
  readonly #kept = new Set<InstanceRequest>();
  /** Those of them that a version may lack. */
  readonly #dispensable = new WeakSet<InstanceRequest>();

  /** Until disposed. */
  keep(instance: InstanceRequest, isDispensable: boolean): Disposable {
    this.#kept.add(instance);
    if (isDispensable) this.#dispensable.add(instance);
    return { [Symbol.dispose]: () => void this.#kept.delete(instance) };
  }

  /** Those that the next version opens, which provides these contributions. */
  neededOf(provided: readonly string[]): readonly InstanceRequest[] {
    // Whoever uses a contribution needs it in the next version too; what only the host asks among others is not missed.
    return [...this.#kept].filter((each) => !this.#dispensable.has(each) || provided.includes(each.contribution));
  }

  /** Opens them where the same code runs again; one that cannot be opened says so to its next call. */
  async reopenIn(generation: Generation, signal: AbortSignal): Promise<void> {
    await Promise.allSettled([...this.#kept].map((request) => generation.openInstance(request, signal)));
  }

  /** Closes what the generation has open and nobody wants any more. */
  async closeOthers(generation: Generation): Promise<void> {
    const unwanted = generation.instances.filter((request) => !this.#kept.has(request));
    await Promise.allSettled(unwanted.map((request) => generation.closeInstance(request)));
  }
}
