import type { JsonValue } from "@berth/base";
import type { BusEvent, Capabilities, DeliveredEvent, EventRequestOptions } from "@berth/contract";
import { copyData } from "./copy-data.ts";
import type { Handlers } from "./handlers.ts";
import type { EventHandler, Events } from "./plugin-context.ts";

/** `ctx.events`. Every listener gets data of its own, since the host shows one event to all of them. */
export function createEvents(host: Capabilities, handlers: Handlers): Events {
  return Object.freeze({
    publish: (subject: string, data: JsonValue = null) => host.publish(subject, data),
    request: async <T extends JsonValue>(
      subject: string,
      data: JsonValue = null,
      { signal = new AbortController().signal, ...options }: EventRequestOptions & { signal?: AbortSignal } = {},
    ) => (await host.request(subject, data, options, signal)) as T,
    subscribe: (subject: string, listener: EventHandler) => host.subscribe(subject, heardBy(listener, handlers)),
  });
}

function heardBy(listener: EventHandler, handlers: Handlers): (event: DeliveredEvent) => unknown {
  return ({ subject, data, from, dropped, request }) => {
    const event: BusEvent = { subject, data: copyData(data), from };
    if (dropped !== undefined) event.dropped = dropped;
    return handlers.track(
      request ? listener(event, { deadline: request.deadline, signal: request.signal }) : listener(event),
    );
  };
}
