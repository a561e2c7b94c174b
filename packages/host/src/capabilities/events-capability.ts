import type { Capabilities, Grant } from "@berth/contract";
import { isSubject, isSubjectPattern, subjectCovers } from "@berth/kernel/permissions";
import type { EventBus } from "../events/event-bus.ts";
import { malformed, overLimit, quoted } from "./capability-errors.ts";
import type { CapabilityScope } from "./capability-scope.ts";
import { copyJson } from "./copy-json.ts";

const DATA_BOUNDS = { maxBytes: 65_536, maxDepth: 32 };
const MOST_SUBSCRIPTIONS = 100;

/** Publishing and hearing granted subjects. Every listener gets a copy of its own. */
export function createEventsCapability(
  scope: CapabilityScope,
  grant: Pick<Grant, "publish" | "subscribe">,
  { bus, owner }: { bus: EventBus; owner: string },
): Pick<Capabilities, "publish" | "subscribe"> {
  let subscriptions = 0;
  const assertGranted = (verb: "publish" | "subscribe", subject: string): void => {
    const use = { kind: verb, subject } as const;
    const entry = grant[verb].find((pattern) => subjectCovers(pattern, subject));
    if (entry !== undefined) return scope.used("events", use, entry);
    const sentence = `Cannot ${verb} ${quoted(subject)}: it was not granted; ask for it in permissions.events.${verb}`;
    throw scope.deny("events", use, sentence);
  };
  return {
    publish: (subject, data) =>
      scope.run(undefined, async () => {
        if (typeof subject !== "string" || !isSubject(subject)) throw notASubject("publish", subject);
        assertGranted("publish", subject);
        bus.publish({ subject, data: copyJson(data, DATA_BOUNDS, "the event's data"), from: owner });
      }),
    subscribe: (pattern, deliver) =>
      scope.run(undefined, async () => {
        if (typeof pattern !== "string" || !isSubjectPattern(pattern)) throw notASubject("subscribe", pattern);
        if (typeof deliver !== "function") throw malformed("Cannot subscribe: the listener is no function");
        assertGranted("subscribe", pattern);
        if (subscriptions >= MOST_SUBSCRIPTIONS) {
          throw overLimit(`Cannot subscribe: there are ${MOST_SUBSCRIPTIONS} subscriptions already`);
        }
        const subscription = bus.subscribe({ owner, pattern }, (event) =>
          deliver({ ...event, data: copyJson(event.data, DATA_BOUNDS, "the event's data") }),
        );
        subscriptions++;
        return scope.own(() => {
          subscription[Symbol.dispose]();
          subscriptions--;
        });
      }),
  };
}

function notASubject(verb: string, subject: unknown) {
  const found = typeof subject === "string" ? quoted(subject) : typeof subject;
  return malformed(`Cannot ${verb} ${found}: a subject is words joined by dots, such as run.finished`);
}
