import type { Clock } from "@berth/base";
import type { Peer } from "@berth/protocol";
import { type CheckedParamsOf, EVENT_NOTIFICATION } from "../wire/methods.ts";
import type { EventView } from "../wire/views.ts";
import type { ControlledHost } from "./controlled-host.ts";
import { masked } from "./masked.ts";

/** What may wait for a watcher to read it. Past it events are dropped and counted: the host does not wait, and keeps no more. */
const MOST_WAITING_BYTES = 2 ** 20;

/** What {@link watchEvents} needs. */
export interface EventWatchOptions {
  host: Pick<ControlledHost, "events" | "masker">;
  clock: Clock;
  peer: Peer;
  /** Bytes that wait to be read. */
  bufferedBytes: () => number;
  params: CheckedParamsOf<"events.watch">;
}

/** Tells the other side of events, until disposed. */
export function watchEvents({ host, clock, peer, bufferedBytes, params }: EventWatchOptions): Disposable {
  const [pattern = ">", ...further] = params.subjects;
  let lost = 0;
  return host.events.subscribe({ owner: "host", pattern, further }, ({ subject, data, from, dropped = 0 }) => {
    lost += dropped;
    if (from !== "host" && !params.plugins) return;
    if (bufferedBytes() > MOST_WAITING_BYTES) {
      lost++;
      return;
    }
    const event: EventView = { at: clock.now(), subject, from, data, lost };
    lost = 0;
    peer.notify(EVENT_NOTIFICATION, masked(host.masker, event));
  });
}
