/** What a component subscribed to or had scheduled, by the number it knows it by. */
export class Subscriptions {
  readonly #open = new Map<bigint, Disposable>();
  #last = 0n;

  /** `begin` gets the number under which it is to fire. */
  async start(begin: (id: bigint) => Promise<Disposable>): Promise<bigint> {
    const id = ++this.#last;
    this.#open.set(id, await begin(id));
    return id;
  }

  stop(id: bigint): void {
    this.#open.get(id)?.[Symbol.dispose]();
    this.#open.delete(id);
  }
}
