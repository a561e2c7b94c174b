import { jsonSize, Lane } from "@berth/base";
import { type DeliveredEvent, deliverEvent, type EventDelivery } from "@berth/contract";
import type { Peer, Stream } from "@berth/protocol";
import { GuestRequest } from "./guest-request.ts";
import type { EventCancel, FeedItem } from "./messages.ts";
import type { NamedWork } from "./named-work.ts";

/** One subscription of an instance. */
export interface FeedSubscription {
  instanceId: string;
  subject: string;
  deliver: EventDelivery;
  onError: (error: unknown) => void;
}

/** An event on its way to one listener of the plugin. */
interface Waiting {
  event: DeliveredEvent;
  request: GuestRequest | undefined;
  /** On account of which call it was published. */
  call: string | undefined;
}

/** As on the host's bus: what a slow listener leaves is lost to it alone. */
const MOST_WAITING = 1_000;
const MOST_WAITING_BYTES = 4 * 2 ** 20;

/**
 * The events of a plugin with all its instances, over one stream: each publication comes once, with the numbers of the subscriptions it
 * is for. A slow listener holds back nobody else.
 */
export class EventFeed {
  readonly #peer: Peer;
  readonly #now: () => number;
  readonly #work: NamedWork | undefined;
  readonly #lanes = new Map<number, Lane<Waiting>>();
  readonly #requests = new Map<number, GuestRequest>();
  #opened: Promise<void> | undefined;
  #last = 0;
  #taken = 0;
  /** Wait for so many items to be taken. */
  readonly #awaited = new Map<() => void, number>();

  /** `now` is the host's time. */
  constructor(peer: Peer, now: () => number = Date.now, work?: NamedWork) {
    this.#peer = peer;
    this.#now = now;
    this.#work = work;
  }

  async subscribe({ instanceId, subject, deliver, onError }: FeedSubscription): Promise<Disposable> {
    await (this.#opened ??= this.#open());
    const subscription = ++this.#last;
    const lane = new Lane<Waiting>({
      maxItems: MOST_WAITING,
      maxBytes: MOST_WAITING_BYTES,
      // Reading the next item is later enough.
      schedule: (run) => run(),
      deliver: ({ event, request, call }, lost) => {
        const dropped = (event.dropped ?? 0) + lost;
        const show = (): Promise<void> | undefined =>
          deliverEvent(deliver, dropped > 0 ? { ...event, dropped } : event, request, onError);
        return this.#work ? this.#work.run(call, show) : show();
      },
      onDrop: ({ request }) => request?.heard(undefined),
    });
    // Before the answer, which the first event may overtake.
    this.#lanes.set(subscription, lane);
    const end = (): void => {
      this.#lanes.delete(subscription);
      lane[Symbol.dispose]();
    };
    try {
      await this.#peer.request("events.subscribe", { instanceId, subject, subscription });
    } catch (error) {
      end();
      throw error;
    }
    return {
      [Symbol.dispose]: () => {
        if (this.#lanes.get(subscription) !== lane) return;
        end();
        this.#peer.notify("events.unsubscribe", { subscription });
      },
    };
  }

  /** Resolves when so many items have come, and all of them have been handled. */
  async quiet(items: number): Promise<void> {
    if (this.#taken < items) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#awaited.set(resolve, items);
      await promise;
    }
    await Promise.all([...this.#lanes.values()].map((lane) => lane.idle()));
  }

  async #open(): Promise<void> {
    const stream = this.#peer.openStream();
    this.#peer.listen("events.cancel", (params) => this.#requests.get((params as EventCancel).request)?.end());
    try {
      await this.#peer.request("events.open", { instanceId: "", stream: stream.id });
    } catch (error) {
      this.#opened = undefined;
      stream[Symbol.dispose]();
      throw error;
    }
    // The stream ends by being reset, with all the rest.
    void this.#readAll(stream).catch(() => undefined);
  }

  async #readAll(stream: Stream): Promise<void> {
    for (let item = await stream.read(); item !== undefined; item = await stream.read()) this.#take(item as FeedItem);
  }

  #take(item: FeedItem): void {
    const { number, subject, data, from, to, dropped } = item;
    const request = item.request === undefined ? undefined : this.#asked(item, item.request);
    const bytes = jsonSize(data);
    for (const [at, subscription] of to.entries()) {
      const lane = this.#lanes.get(subscription);
      if (!lane) {
        request?.heard(undefined);
        continue;
      }
      const event: DeliveredEvent = { number, subject, data, from };
      const lost = dropped?.[at] ?? 0;
      if (lost > 0) event.dropped = lost;
      lane.offer({ event, request, call: item.call }, bytes);
    }
    this.#taken++;
    for (const [resolve, items] of this.#awaited) {
      if (this.#taken < items) continue;
      this.#awaited.delete(resolve);
      resolve();
    }
  }

  #asked({ to, timeoutMs = 0 }: FeedItem, id: number): GuestRequest {
    const request = new GuestRequest(to.length, this.#now() + timeoutMs, (reply) => {
      this.#requests.delete(id);
      if (reply) this.#peer.notify("events.reply", { request: id, ...reply });
    });
    this.#requests.set(id, request);
    return request;
  }
}
