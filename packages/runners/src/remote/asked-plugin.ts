import type { DeliveredEvent } from "@berth/contract";
import { fromWireError, isWireError, type Peer } from "@berth/protocol";
import { membersOf } from "./parse-answers.ts";

type Request = NonNullable<DeliveredEvent["request"]>;

/** A request that went to a plugin: how it is called there, how long it waits, and what comes back. */
export interface SentRequest {
  id: number;
  timeoutMs: number;
  /** `undefined` when nobody there replies. */
  reply: Promise<unknown>;
  /** It did not get there after all. */
  drop(): void;
}

/** The requests that a plugin at the other end of a link was shown and has not replied to. They end with whoever waits for them. */
export class AskedPlugin {
  readonly #peer: Peer;
  readonly #now: () => number;
  readonly #waiting = new Map<number, (params: Readonly<Record<string, unknown>>) => void>();
  #last = 0;

  constructor(peer: Peer, now: () => number) {
    this.#peer = peer;
    this.#now = now;
    peer.listen("events.reply", (params) => {
      const members = membersOf(params);
      // One that nobody waits for came too late.
      this.#waiting.get(members.request as number)?.(members);
    });
  }

  send({ deadline, signal }: Request): SentRequest {
    const id = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // Whoever asked may have gone by then.
    promise.catch(() => undefined);
    const forget = (): void => {
      this.#waiting.delete(id);
      signal.removeEventListener("abort", giveUp);
    };
    const giveUp = (): void => {
      forget();
      this.#peer.notify("events.cancel", { request: id });
      resolve(undefined);
    };
    this.#waiting.set(id, ({ value, error }) => {
      forget();
      if (isWireError(error)) reject(fromWireError(error, "host"));
      else resolve(value);
    });
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
    const drop = (): void => {
      forget();
      resolve(undefined);
    };
    return { id, timeoutMs: Math.max(0, deadline - this.#now()), reply: promise, drop };
  }
}
