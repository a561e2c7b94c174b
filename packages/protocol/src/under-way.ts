/**
 * Requests under way by their ids, which count up. A few, or as many as a side may have: what leaves is closed up, since a `Map` that
 * changes with every request leaves garbage that the collector's short pauses do not find (see `Bag`).
 */
export class UnderWay<T extends { readonly id: number }> implements Iterable<T> {
  readonly #requests: T[] = [];

  get size(): number {
    return this.#requests.length;
  }

  /** Its id is greater than all before. */
  add(request: T): void {
    this.#requests.push(request);
  }

  get(id: unknown): T | undefined {
    if (typeof id !== "number") return undefined;
    const at = this.#find(id);
    return this.#requests[at]?.id === id ? this.#requests[at] : undefined;
  }

  delete(request: T): void {
    const at = this.#find(request.id);
    if (this.#requests[at] !== request) return;
    this.#requests.copyWithin(at, at + 1);
    this.#requests.pop();
  }

  clear(): void {
    this.#requests.length = 0;
  }

  /** None is to come or go meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return this.#requests.values();
  }

  /** Where it is, or would be. */
  #find(id: number): number {
    let [from, to] = [0, this.#requests.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#requests[middle]!.id < id) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
