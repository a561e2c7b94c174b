import type { DeliveredEvent, EventDelivery, EventRequest } from "./capabilities.ts";

/** A request on its way to one listener. */
export interface AskedEvent extends EventRequest {
  /** The listener is done; `undefined` is no reply. */
  heard(reply: unknown): void;
  /** The listener failed. */
  failed(error: unknown): void;
}

/**
 * Shows one event to one listener; never throws or rejects. A promise settles when the next event may come, anything else says that it may
 * come at once.
 */
export function deliverEvent(
  listener: EventDelivery,
  event: DeliveredEvent,
  asked: AskedEvent | undefined,
  onError: (error: unknown) => void,
): Promise<void> | undefined {
  if (asked) return ask(listener, event, asked, onError);
  try {
    const returned = listener(event);
    // A promise of a plugin may be one of another realm, or no promise of ours at all.
    return isThenable(returned) ? Promise.resolve(returned).then(() => undefined, onError) : undefined;
  } catch (error) {
    onError(error);
    return undefined;
  }
}

async function ask(
  listener: EventDelivery,
  event: DeliveredEvent,
  asked: AskedEvent,
  onError: (error: unknown) => void,
): Promise<void> {
  const { deadline, signal } = asked;
  let later: Promise<unknown> | undefined;
  const replyLater = (reply: Promise<unknown>): void => {
    later = reply;
  };
  try {
    const reply = await listener({ ...event, request: { deadline, signal, replyLater } });
    if (!later) return asked.heard(reply);
    void later.then(
      (value) => asked.heard(value),
      (error: unknown) => asked.failed(error),
    );
  } catch (error) {
    asked.failed(error);
    onError(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
