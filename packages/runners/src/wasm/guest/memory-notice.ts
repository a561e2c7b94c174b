import type { LimitEvent } from "@berth/kernel/runner";
import type { LinkedComponent } from "../component/link-component.ts";

/** A program asks for a good part more at a time, so at the wall it stands a little before it. */
const NEAR = 0.85;

/**
 * Tells once that a component wanted more memory than it may have. WebAssembly tells nobody but the component itself; what can be seen
 * is that it failed, with its memories about full.
 */
export class MemoryNotice {
  readonly #component: Pick<LinkedComponent, "memoryMb">;
  readonly #allowedMb: number;
  readonly #onLimit: (event: LimitEvent) => void;
  #isTold = false;

  constructor(component: Pick<LinkedComponent, "memoryMb">, allowedMb: number, onLimit: (event: LimitEvent) => void) {
    this.#component = component;
    this.#allowedMb = allowedMb;
    this.#onLimit = onLimit;
  }

  /** Something of it failed. */
  look(): void {
    if (this.#isTold) return;
    const used = this.#component.memoryMb;
    if (used < this.#allowedMb * NEAR) return;
    this.#isTold = true;
    this.#onLimit({ limit: "memory_mb", allowed: this.#allowedMb, used, action: "refused" });
  }
}
