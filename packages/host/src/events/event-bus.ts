import type { BusEvent } from "@berth/contract";
import { subjectMatcher } from "@berth/kernel/permissions";

/** Hears of events. A returned promise holds back the next event of this listener, and of nobody else. */
export type BusListener = (event: BusEvent) => void | Promise<void>;

/** Who listens, for reports. */
export interface Subscriber {
  /** `host`, `plugin/NAME` or `app/NAME`. */
  owner: string;
  pattern: string;
}

/** A subscription; disposing it ends it, events that wait for it are not delivered any more. */
export interface BusSubscription extends Disposable {
  /** How many events it lost because it was too slow. */
  readonly dropped: number;
}

/** In-process events by subject. */
export interface EventBus {
  /** Hands the event to everybody who listens, later; never throws, never waits. `data` must not change afterwards. */
  publish(event: BusEvent): void;
  subscribe(subscriber: Subscriber, listener: BusListener): BusSubscription;
}

/** What {@link createEventBus} needs. */
export interface EventBusOptions {
  onListenerError(error: unknown, subscriber: Subscriber): void;
  /** A subscriber caught up after losing `dropped` events. */
  onDropped(dropped: number, subscriber: Subscriber): void;
  /** Most events that wait for one subscriber. */
  maxWaiting?: number;
}

/**
 * A bus on which a publisher never waits: every subscriber has a queue of its own, and events reach it in the order they were
 * published. Of a full queue the **oldest** event gives way, since a late listener wants the present; the loss is counted.
 */
export function createEventBus(options: EventBusOptions): EventBus {
  const lanes = new Set<Lane>();
  return {
    publish(event) {
      for (const lane of lanes) lane.offer(event);
    },
    subscribe(subscriber, listener) {
      const lane = new Lane(subscriber, listener, options, () => lanes.delete(lane));
      lanes.add(lane);
      return lane;
    },
  };
}

/** One subscriber and what waits for it. */
class Lane implements BusSubscription {
  readonly #subscriber: Subscriber;
  readonly #listener: BusListener;
  readonly #options: EventBusOptions;
  readonly #onEnd: () => void;
  readonly #isFit: (subject: string) => boolean;
  #waiting: BusEvent[] = [];
  #isDelivering = false;
  #isOver = false;
  #dropped = 0;
  #reported = 0;

  constructor(subscriber: Subscriber, listener: BusListener, options: EventBusOptions, onEnd: () => void) {
    this.#subscriber = subscriber;
    this.#listener = listener;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#isFit = subjectMatcher(subscriber.pattern);
  }

  get dropped(): number {
    return this.#dropped;
  }

  offer(event: BusEvent): void {
    if (!this.#isFit(event.subject)) return;
    this.#waiting.push(event);
    if (this.#waiting.length > (this.#options.maxWaiting ?? 1_000)) {
      this.#waiting.shift();
      this.#dropped++;
    }
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    // Not a microtask: two plugins that answer each other's events would keep the thread from everything else.
    setImmediate(() => void this.#deliver());
  }

  async #deliver(): Promise<void> {
    for (const event of this.#waiting.splice(0)) {
      if (this.#isOver) return;
      await this.#tell(event);
    }
    if (this.#waiting.length > 0) {
      setImmediate(() => void this.#deliver());
      return;
    }
    this.#isDelivering = false;
    this.#report();
  }

  async #tell(event: BusEvent): Promise<void> {
    try {
      await this.#listener(event);
    } catch (error) {
      this.#options.onListenerError(error, this.#subscriber);
    }
  }

  #report(): void {
    const lost = this.#dropped - this.#reported;
    this.#reported = this.#dropped;
    if (lost > 0) this.#options.onDropped(lost, this.#subscriber);
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#onEnd();
    this.#report();
  }
}
