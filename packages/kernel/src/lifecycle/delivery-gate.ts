/** More than this wait for a plugin that is being replaced; of more the oldest give way, as they do on the bus. */
const MOST_WAITING = 1_000;

/** What one subscription is handed. */
interface Heard {
  /** Of the event, in the order of publication. */
  number: number;
}

/** One subscription, through the gate. */
interface GatedSubscription<T extends Heard> extends Disposable {
  hear(event: T): unknown;
}

/** A subscription of this generation. */
interface Subscribed {
  deliver: (event: never) => unknown;
  /** The last event that it, or the one it took over from, was shown. */
  seen: number;
}

/** An event that the generation before is to be shown, or to pass on. */
interface Held {
  number: number;
  release: (isPrimaryGone: boolean) => void;
}

/**
 * Through which events and timers reach one generation of a plugin. It is open while the generation serves. While it is being replaced what
 * comes waits on both sides, and whichever generation serves afterwards gets it: nothing is lost and nothing comes twice.
 *
 * Of two generations with the same subscription the older one's is the source for both, since it alone has what was published before the
 * other was there: what it is not to handle any more it passes on.
 */
export class DeliveryGate implements Disposable {
  readonly #subscriptions = new Map<string, Subscribed>();
  readonly #held = new Map<string, Set<Held>>();
  #before: DeliveryGate | undefined;
  #after: DeliveryGate | undefined;
  #state: "closed" | "waiting" | "open";
  #waiting: { deliver: () => unknown; settle: (outcome: unknown) => void; isPassedOn: boolean }[] = [];

  constructor(state: "closed" | "open") {
    this.#state = state;
  }

  /** The gate of the generation that this one is to replace. */
  follow(before: DeliveryGate): void {
    // Two generations are alive at most: what it followed itself is over.
    before.#before = undefined;
    before.#after = this;
    this.#before = before;
  }

  /** @param name by which the next generation's subscription is known to be the same. */
  subscribe<T extends Heard>(name: string, deliver: (event: T) => unknown): GatedSubscription<T> {
    let key = name;
    for (let nth = 2; this.#subscriptions.has(key); nth++) key = `${name} ${nth}`;
    const subscribed: Subscribed = { deliver, seen: 0 };
    this.#subscriptions.set(key, subscribed);
    return {
      hear: (event) => this.#hear(key, subscribed, event),
      [Symbol.dispose]: () => {
        if (this.#subscriptions.get(key) === subscribed) this.#subscriptions.delete(key);
        if (this.#after) this.#after.#takeOver(key, subscribed.seen);
      },
    };
  }

  #hear(key: string, subscribed: Subscribed, event: Heard): unknown {
    const source = this.#before && this.#before.#subscriptions.get(key);
    if (!source) return this.#route(key, subscribed, event);
    if (source.seen >= event.number) return undefined;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const all = this.#held.get(key) ?? new Set();
    this.#held.set(key, all);
    const held: Held = {
      number: event.number,
      release: (isSourceGone) => {
        all.delete(held);
        resolve(isSourceGone ? attempt(() => this.#route(key, subscribed, event)) : undefined);
      },
    };
    all.add(held);
    return promise;
  }

  /** To this generation, to the one after it, or to whichever of them will serve. */
  #route(key: string, subscribed: Subscribed, event: Heard): unknown {
    if (event.number <= subscribed.seen) return undefined;
    if (this.#state === "waiting") return this.#queue(() => this.#route(key, subscribed, event), true);
    subscribed.seen = event.number;
    const after = this.#after;
    if (after) after.#passed(key, event.number);
    if (this.#state === "open") return subscribed.deliver(event as never);
    const next = after && after.#subscriptions.get(key);
    return next && after.#route(key, next, event);
  }

  /** The generation before has seen to all up to this one. */
  #passed(key: string, number: number): void {
    for (const held of this.#held.get(key) ?? []) if (held.number <= number) held.release(false);
  }

  /** The generation before hears nothing any more. */
  #takeOver(key: string, seen: number): void {
    const subscribed = this.#subscriptions.get(key);
    if (subscribed) subscribed.seen = Math.max(subscribed.seen, seen);
    for (const held of this.#held.get(key) ?? []) held.release(true);
  }

  /** Delivers now, later, or never; answers what the delivery answers, in the last case nothing. */
  pass(deliver: () => unknown): unknown {
    if (this.#state === "open") return deliver();
    if (this.#state === "closed") return undefined;
    return this.#queue(deliver);
  }

  /** As {@link pass}, for what nobody else gets: it waits also where the gate is closed. */
  keep(deliver: () => unknown): unknown {
    return this.#state === "open" ? deliver() : this.#queue(deliver);
  }

  /** The generation serves: it gets what waited, in order, and all that follows. */
  open(): void {
    this.#state = "open";
    for (const { deliver, settle } of this.#waiting.splice(0)) settle(attempt(deliver));
  }

  /** It is about to serve, or to be replaced. */
  wait(): void {
    this.#state = "waiting";
  }

  /** Somebody else serves, who gets what waited here as well. */
  close(): void {
    this.#state = "closed";
    for (const { deliver, settle, isPassedOn } of this.#waiting.splice(0)) {
      settle(isPassedOn ? attempt(deliver) : undefined);
    }
  }

  /** The generation is gone, and all its subscriptions are: from one to the next gates would hold all that ever were. */
  [Symbol.dispose](): void {
    this.close();
    if (this.#after) this.#after.#before = undefined;
    if (this.#before && this.#before.#after === this) this.#before.#after = undefined;
    this.#after = undefined;
    this.#before = undefined;
  }

  #queue(deliver: () => unknown, isPassedOn = false): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#waiting.push({ deliver, settle: resolve, isPassedOn });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift()!.settle(undefined);
    return promise;
  }
}

/** What a listener throws is told where its event comes from, and keeps nobody else from theirs. */
function attempt(deliver: () => unknown): unknown {
  try {
    return deliver();
  } catch (error) {
    return Promise.reject(error);
  }
}
