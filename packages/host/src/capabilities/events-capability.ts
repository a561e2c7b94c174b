import {
  type Capabilities,
  type EventDelivery,
  type Grant,
  isSubject,
  isSubjectPattern,
  subjectCovers,
} from "@berth/contract";
import type { EventBus } from "@berth/kernel/events";
import type { CallScope } from "@berth/kernel/tracing";
import { isReserved } from "@berth/kernel/permissions";
import { malformed, overLimit, quoted } from "./capability-errors.ts";
import type { CapabilityScope } from "./capability-scope.ts";
import { copyJson } from "./copy-json.ts";

const DATA_BOUNDS = { maxBytes: 65_536, maxDepth: 32 };
const MOST_SUBSCRIPTIONS = 100;
/** More than an instance has reason to wait for at a time, few enough that those of all plugins are no burden. */
const MOST_REQUESTS = 100;
const DEFAULT_TIMEOUT_MS = 10_000;
const MOST_TIMEOUT_MS = 600_000;

/** Publishing, asking and hearing within granted subjects. What listeners are shown is the bus's own: they must not change it. */
export function createEventsCapability(
  scope: CapabilityScope,
  grant: Pick<Grant, "publish" | "subscribe">,
  { bus, owner, calls }: { bus: EventBus; owner: string; calls?: CallScope | undefined },
): Pick<Capabilities, "publish" | "request" | "subscribe"> {
  let subscriptions = 0;
  let requests = 0;
  const assertGranted = (verb: "publish" | "subscribe", subject: string): void => {
    const use = { kind: verb, subject } as const;
    if (verb === "publish" && isReserved(subject)) {
      throw scope.deny("events", use, `Cannot publish ${quoted(subject)}: only the host publishes that`);
    }
    const entry = grant[verb].find((pattern) => subjectCovers(pattern, subject));
    if (entry !== undefined) return scope.used("events", use, entry);
    const sentence = `Cannot ${verb} ${quoted(subject)}: it was not granted; ask for it in permissions.events.${verb}`;
    throw scope.deny("events", use, sentence);
  };
  const published = (subject: unknown, data: unknown) => {
    if (typeof subject !== "string" || !isSubject(subject)) throw notASubject("publish", subject);
    assertGranted("publish", subject);
    return { subject, data: copyJson(data, DATA_BOUNDS, "the event's data"), from: owner };
  };
  return {
    publish: (subject, data) =>
      scope.run(undefined, async () => {
        bus.publish(published(subject, data));
      }),
    request: (subject, data, options, signal) =>
      scope.run(signal, async (within) => {
        const event = published(subject, data);
        const timeoutMs = timeoutOf(options);
        if (requests >= MOST_REQUESTS)
          throw overLimit(`Cannot ask: ${MOST_REQUESTS} requests wait for a reply already`);
        requests++;
        try {
          return copyJson(await bus.request(event, { timeoutMs, signal: within }), DATA_BOUNDS, "the reply");
        } finally {
          requests--;
        }
      }),
    subscribe: (pattern, deliver) =>
      scope.run(undefined, async () => {
        if (typeof pattern !== "string" || !isSubjectPattern(pattern)) throw notASubject("subscribe", pattern);
        if (typeof deliver !== "function") throw malformed("Cannot subscribe: the listener is no function");
        assertGranted("subscribe", pattern);
        if (subscriptions >= MOST_SUBSCRIPTIONS) {
          throw overLimit(`Cannot subscribe: there are ${MOST_SUBSCRIPTIONS} subscriptions already`);
        }
        const subscribe = () => bus.subscribe({ owner, pattern }, replying(deliver));
        // It goes on when the call is over that it was made in.
        const subscription = calls ? calls.leave(subscribe) : subscribe();
        subscriptions++;
        return scope.own(() => {
          subscription[Symbol.dispose]();
          subscriptions--;
        });
      }),
  };
}

/** A listener whose replies are checked and copied, so that an unfit one is its own failure and not that of who asks. */
function replying(deliver: EventDelivery): EventDelivery {
  return (event) => {
    const { request } = event;
    if (!request) return deliver(event);
    const replyLater = (reply: Promise<unknown>): void => request.replyLater(reply.then(replyOf));
    return Promise.resolve(deliver({ ...event, request: { ...request, replyLater } })).then(replyOf);
  };
}

function replyOf(reply: unknown): unknown {
  return reply === undefined ? undefined : copyJson(reply, DATA_BOUNDS, "the reply");
}

function timeoutOf(options: unknown): number {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = (options ?? {}) as { timeoutMs?: unknown };
  if (typeof timeoutMs === "number" && timeoutMs > 0 && timeoutMs <= MOST_TIMEOUT_MS) return timeoutMs;
  throw malformed(`Cannot ask: timeoutMs must be above 0 and at most ${MOST_TIMEOUT_MS}`);
}

function notASubject(verb: string, subject: unknown) {
  const found = typeof subject === "string" ? quoted(subject) : typeof subject;
  return malformed(`Cannot ${verb} ${found}: a subject is words joined by dots, such as run.finished`);
}
