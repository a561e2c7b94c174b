import { jsonSize } from "@berth/base";
import { type Capabilities, type DeliveredEvent, HostError } from "@berth/contract";
import type { Stream } from "@berth/protocol";
import type { FeedItem } from "@berth/sdk/runtime";
import type { AskedPlugin, SentRequest } from "./asked-plugin.ts";
import type { NamedCalls } from "./named-calls.ts";

/** As on the bus, of which this is the last part: the oldest event gives way. */
const MOST_WAITING = 1_000;
const MOST_WAITING_BYTES = 4 * 2 ** 20;

/** One publication on its way to the plugin. */
interface Waiting {
  event: DeliveredEvent;
  bytes: number;
  to: number[];
  sent: SentRequest | undefined;
  /** What the plugin may call the work it does about it. */
  call: string | undefined;
}

/**
 * All events of one plugin, over a stream that it opened: one item for a publication, however many subscriptions of the plugin it fits. It
 * never holds back who publishes: what a slow plugin does not take waits here, within bounds.
 */
export class EventFeed implements Disposable {
  readonly #stream: Stream;
  readonly #asked: AskedPlugin;
  readonly #named: NamedCalls | undefined;
  readonly #subscriptions = new Map<number, Disposable>();
  /** In the order of publication. */
  #waiting: Waiting[] = [];
  #bytes = 0;
  /** Lost and not told yet, by subscription. */
  readonly #lost = new Map<number, number>();
  #isSending = false;
  #isOver = false;
  #sent = 0;
  /** Resolves when nothing is left to send. */
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(stream: Stream, asked: AskedPlugin, named?: NamedCalls) {
    this.#stream = stream;
    this.#asked = asked;
    this.#named = named;
    void this.#watch();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** When all is sent that came up to now: how many items that were. */
  async allSent(): Promise<number> {
    if (this.#isSending && !this.#isOver) await (this.#idle ??= Promise.withResolvers()).promise;
    return this.#sent;
  }

  /** @throws HostError when the number is none, or taken. */
  async subscribe(capabilities: Capabilities, subject: string, subscription: unknown): Promise<void> {
    if (!Number.isSafeInteger(subscription) || this.#subscriptions.has(subscription as number)) {
      throw new HostError("CONTRACT_BROKEN", "Cannot subscribe: the number of the subscription is none, or taken");
    }
    const id = subscription as number;
    this.#subscriptions.set(id, PENDING);
    try {
      const opened = await capabilities.subscribe(subject, (event) => this.#offer(id, event));
      if (this.#subscriptions.get(id) === PENDING && !this.#isOver) this.#subscriptions.set(id, opened);
      else opened[Symbol.dispose]();
    } catch (error) {
      this.#subscriptions.delete(id);
      throw error;
    }
  }

  unsubscribe(subscription: unknown): void {
    const id = subscription as number;
    this.#subscriptions.get(id)?.[Symbol.dispose]();
    this.#subscriptions.delete(id);
    this.#lost.delete(id);
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.reset(new Error("There is nothing more to come"));
    for (const subscription of this.#subscriptions.values()) subscription[Symbol.dispose]();
    this.#subscriptions.clear();
    for (const { sent } of this.#waiting.splice(0)) sent?.drop();
    this.#rest();
  }

  #rest(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #offer(subscription: number, event: DeliveredEvent): void {
    if (this.#isOver || !this.#subscriptions.has(subscription)) return;
    if (event.dropped !== undefined) this.#lose(subscription, event.dropped);
    const waiting = this.#find(event.number) ?? this.#add(event);
    waiting.to.push(subscription);
    if (event.request) event.request.replyLater((waiting.sent ??= this.#asked.send(event.request)).reply);
    while (this.#waiting.length > MOST_WAITING || (this.#bytes > MOST_WAITING_BYTES && this.#waiting.length > 1)) {
      this.#dropOldest();
    }
    if (this.#isSending) return;
    this.#isSending = true;
    // When all subscriptions have offered what was published together: then each publication is said once.
    setImmediate(() => void this.#send());
  }

  #find(number: number): Waiting | undefined {
    const at = this.#placeOf(number);
    const found = this.#waiting[at];
    return found?.event.number === number ? found : undefined;
  }

  #add(event: DeliveredEvent): Waiting {
    const waiting: Waiting = { event, bytes: jsonSize(event.data), to: [], sent: undefined, call: this.#named?.hear() };
    this.#waiting.splice(this.#placeOf(event.number), 0, waiting);
    this.#bytes += waiting.bytes;
    return waiting;
  }

  /** Of the first that is not older: where a subscription that offers after another finds what that one has offered. */
  #placeOf(number: number): number {
    let [from, to] = [0, this.#waiting.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#waiting[middle]!.event.number < number) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #dropOldest(): void {
    const { bytes, to, sent } = this.#waiting.shift()!;
    this.#bytes -= bytes;
    sent?.drop();
    for (const subscription of to) this.#lose(subscription, 1);
  }

  #lose(subscription: number, count: number): void {
    this.#lost.set(subscription, (this.#lost.get(subscription) ?? 0) + count);
  }

  async #send(): Promise<void> {
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        this.#bytes -= next.bytes;
        await this.#stream.write(this.#itemOf(next));
        this.#sent++;
      }
      this.#isSending = false;
      this.#rest();
    } catch {
      this[Symbol.dispose]();
    }
  }

  #itemOf({ event: { number, subject, data, from }, to, sent, call }: Waiting): FeedItem {
    const item: FeedItem = { number, subject, data, from, to };
    if (call !== undefined) item.call = call;
    if (to.some((subscription) => this.#lost.has(subscription))) {
      item.dropped = to.map((subscription) => this.#lost.get(subscription) ?? 0);
      for (const subscription of to) this.#lost.delete(subscription);
    }
    return sent ? { ...item, request: sent.id, timeoutMs: sent.timeoutMs } : item;
  }

  /** The plugin says nothing on it: whatever comes, an end or a reset, means that it wants no more. */
  async #watch(): Promise<void> {
    await this.#stream.read().catch(() => undefined);
    this[Symbol.dispose]();
  }
}

/** What a subscription is until the host has granted it. */
const PENDING: Disposable = { [Symbol.dispose]: () => undefined };
