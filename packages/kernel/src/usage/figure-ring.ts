/** The last so many rows of figures, oldest first; memory is taken once, and what cannot be known is `null`. */
export class FigureRing<Name extends string> {
  readonly #names: readonly Name[];
  readonly #rows: number;
  readonly #figures: Float64Array;
  #written = 0;

  constructor(names: readonly Name[], rows: number) {
    this.#names = names;
    this.#rows = rows;
    this.#figures = new Float64Array(names.length * rows);
  }

  push(row: Readonly<Record<Name, number | null>>): void {
    if (this.#rows === 0) return;
    const at = (this.#written++ % this.#rows) * this.#names.length;
    for (const [i, name] of this.#names.entries()) this.#figures[at + i] = row[name] ?? Number.NaN;
  }

  get rows(): Record<Name, number | null>[] {
    const kept = Math.min(this.#written, this.#rows);
    return Array.from({ length: kept }, (_, i) => this.#row((this.#written - kept + i) % this.#rows));
  }

  #row(index: number): Record<Name, number | null> {
    const figure = (i: number): number | null => {
      const value = this.#figures[index * this.#names.length + i]!;
      return Number.isNaN(value) ? null : value;
    };
    return Object.fromEntries(this.#names.map((name, i) => [name, figure(i)])) as Record<Name, number | null>;
  }
}
