const MIB = 2 ** 20;

/** Memory of a tree above that of a blank runtime, and how soon it may be too much. */
export class MemoryWatch {
  readonly #limitMb: number;
  readonly #baselineMb: number;
  #usedMb = 0;
  #mbPerMs = 0;

  constructor(limitMb: number, baselineMb: number) {
    this.#limitMb = limitMb;
    this.#baselineMb = baselineMb;
  }

  get usedMb(): number {
    return this.#usedMb;
  }

  get isOver(): boolean {
    return this.#usedMb > this.#limitMb;
  }

  get isNear(): boolean {
    return this.#usedMb > this.#limitMb / 2;
  }

  /** At the pace of the last time. */
  get msLeft(): number {
    return this.#mbPerMs > 0 ? (this.#limitMb - this.#usedMb) / this.#mbPerMs : Number.POSITIVE_INFINITY;
  }

  advance(elapsedMs: number, ownedBytes: number): void {
    const usedMb = Math.max(0, ownedBytes / MIB - this.#baselineMb);
    this.#mbPerMs = elapsedMs > 0 ? Math.max(0, usedMb - this.#usedMb) / elapsedMs : 0;
    this.#usedMb = usedMb;
  }
}
