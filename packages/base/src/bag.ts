/** What a {@link Bag} holds remembers where, so that it is found there again without a search. */
export interface Placed {
  place: number;
}

/**
 * What comes and goes all the time, in no order, each thing once. A `Set` or `Map` makes a new table every few changes, to which V8
 * lets the old one point. Once a table is among the old objects it keeps all tables after it, with all that was in them: garbage that
 * only long collections find.
 *
 * @example
 * const bag = new Bag<{ place: number }>();
 * const thing = { place: 0 };
 * bag.add(thing);
 * bag.size; // 1
 * bag.delete(thing); // true
 * bag.delete(thing); // false
 */
export class Bag<T extends Placed> implements Iterable<T> {
  readonly #things: T[] = [];

  get size(): number {
    return this.#things.length;
  }

  add(thing: T): void {
    thing.place = this.#things.push(thing) - 1;
  }

  /** Whether it was there. */
  delete(thing: T): boolean {
    if (!this.has(thing)) return false;
    const last = this.#things.pop()!;
    if (last !== thing) {
      this.#things[thing.place] = last;
      last.place = thing.place;
    }
    return true;
  }

  has(thing: T): boolean {
    return this.#things[thing.place] === thing;
  }

  find(isIt: (thing: T) => boolean): T | undefined {
    return this.#things.find(isIt);
  }

  /** Nothing is to come or go meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return this.#things.values();
  }
}
