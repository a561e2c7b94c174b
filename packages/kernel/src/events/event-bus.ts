import { type Clock, type JsonValue, jsonSize, Lane, runWithin, systemClock } from "@berth/base";
import { type BusEvent, type DeliveredEvent, deliverEvent, type EventDelivery, HostError } from "@berth/contract";
import type { CallScope, Doing } from "../tracing/call-scope.ts";
import { noResponder, PendingRequest } from "./pending-request.ts";
import { SubjectIndex } from "./subject-index.ts";

/** Hears of events. A returned promise holds back the next event of this listener, and of nobody else. */
export type BusListener = EventDelivery;

/** Who listens, for reports. */
export interface Subscriber {
  /** `host`, `plugin/NAME` or `app/NAME`. */
  owner: string;
  pattern: string;
  /** More patterns of the same subscription: what fits several comes once, all in one order. */
  further?: readonly string[];
}

/** A subscription; disposing it ends it, events that wait for it are not delivered any more. */
export interface BusSubscription extends Disposable {
  /** How many events it lost because it was too slow. */
  readonly dropped: number;
  /** Resolves when nothing waits for it and nothing is being heard. */
  idle(): Promise<void>;
}

/** Who asks, and for how long. */
export interface BusRequestOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** In-process events by subject. */
export interface EventBus {
  /** Hands the event to everybody who listens, later; never throws, never waits. `data` must not change afterwards. */
  publish(event: BusEvent): void;
  /**
   * The same, and waits for the first listener that returns something. Rejects with `EVENT_NO_RESPONDER` as soon as it is clear that
   * none will.
   */
  request(event: BusEvent, options: BusRequestOptions): Promise<JsonValue>;
  subscribe(subscriber: Subscriber, listener: BusListener): BusSubscription;
}

/** What {@link createEventBus} needs. */
export interface EventBusOptions {
  onListenerError(error: unknown, subscriber: Subscriber): void;
  /** A subscriber caught up after losing `dropped` events. */
  onDropped(dropped: number, subscriber: Subscriber): void;
  /** Most events that wait for one subscriber. Default 1,000. */
  maxWaiting?: number;
  /** Most bytes that do. Default 4 MiB. */
  maxWaitingBytes?: number;
  clock?: Clock;
  /** Listeners are at work for the call that the event was published in. */
  scope?: CallScope;
}

const MOST_WAITING = 1_000;
/** Sixty of the largest events a plugin may publish. */
const MOST_WAITING_BYTES = 4 * 2 ** 20;

/** One event on its way to one subscriber. */
interface Waiting {
  event: DeliveredEvent;
  request: PendingRequest | undefined;
  /** In which call it was published. */
  doing: Doing | undefined;
}

/**
 * A bus on which a publisher never waits: every subscriber has a queue of its own, and events reach it in the order they were
 * published. Of a full queue the **oldest** event gives way, since a late listener wants the present; the loss is counted, and told with
 * the next event.
 */
export function createEventBus(options: EventBusOptions): EventBus {
  const { clock = systemClock, scope } = options;
  const lanes = new SubjectIndex<Lane<Waiting>>();
  const schedule = together();
  let published = 0;

  const offer = (event: BusEvent, to: readonly Lane<Waiting>[], request?: PendingRequest): void => {
    const { subject, data, from } = event;
    const waiting = { event: { subject, data, from, number: ++published }, request, doing: scope?.current };
    const bytes = jsonSize(data);
    for (const lane of to) lane.offer(waiting, bytes);
  };

  return {
    publish(event) {
      const to = lanes.match(event.subject);
      if (to.length > 0) offer(event, to);
    },

    async request(event, { timeoutMs, signal }) {
      const { subject } = event;
      signal?.throwIfAborted();
      const to = lanes.match(subject);
      if (to.length === 0) throw noResponder(subject);
      const request = new PendingRequest(subject, to.length, clock.now() + timeoutMs);
      const onTimeout = (): HostError =>
        new HostError("CALL_DEADLINE_EXCEEDED", `Cannot get a reply to ${subject}: none came within ${timeoutMs} ms`);
      try {
        return await runWithin({ clock, limitMs: timeoutMs, signal, onTimeout }, () => {
          offer(event, to, request);
          return request.answer;
        });
      } finally {
        request.end(new HostError("CALL_CANCELLED", "Nobody waits for a reply any more"));
      }
    },

    subscribe(subscriber, listener) {
      const patterns = [subscriber.pattern, ...(subscriber.further ?? [])];
      const lane = new Lane<Waiting>({
        maxItems: options.maxWaiting ?? MOST_WAITING,
        maxBytes: options.maxWaitingBytes ?? MOST_WAITING_BYTES,
        schedule,
        deliver: (waiting, dropped) => {
          const { event, request } = waiting;
          if (request?.isGivenUp) return request.heard(undefined);
          const onError = (error: unknown): void => options.onListenerError(error, subscriber);
          const show = (): Promise<void> | undefined =>
            deliverEvent(listener, dropped > 0 ? { ...event, dropped } : event, request, onError);
          if (!scope) return show();
          // Events of many calls are delivered in one turn.
          return waiting.doing ? scope.run(waiting.doing, show) : scope.leave(show);
        },
        onDrop: ({ request }) => request?.heard(undefined),
        onCaughtUp: (dropped) => options.onDropped(dropped, subscriber),
      });
      for (const pattern of patterns) lanes.add(pattern, lane);
      return new LaneSubscription(lane, () => {
        for (const pattern of patterns) lanes.delete(pattern, lane);
      });
    },
  };
}

/** A class for its getter: an own one would be kept, with all it knows, until a long collection of garbage. */
class LaneSubscription implements BusSubscription {
  readonly #lane: Lane<Waiting>;
  readonly #leave: () => void;

  constructor(lane: Lane<Waiting>, leave: () => void) {
    this.#lane = lane;
    this.#leave = leave;
  }

  get dropped(): number {
    return this.#lane.dropped;
  }

  idle(): Promise<void> {
    return this.#lane.idle();
  }

  [Symbol.dispose](): void {
    this.#leave();
    this.#lane[Symbol.dispose]();
  }
}

/** Begins all that was asked for in one turn together, in the next. */
function together(): (run: () => void) => void {
  let due: (() => void)[] = [];
  const begin = (): void => {
    const all = due;
    due = [];
    for (const run of all) run();
  };
  return (run) => {
    // Not a microtask: two plugins that answer each other's events would keep the thread from everything else.
    if (due.push(run) === 1) setImmediate(begin);
  };
}
