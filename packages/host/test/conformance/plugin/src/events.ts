import {
  type EventHandler,
  HostError,
  type JsonValue,
  pause,
  type PluginContext,
  type ServiceInstance,
} from "@berth/sdk";
import { untilGivenUp } from "./given-up.ts";

const heard: { subject: string; data: JsonValue; from: string }[] = [];
const subscriptions = new Map<string, Disposable>();

interface Hearing {
  events: [from: string, data: JsonValue][];
  subscription: Disposable;
}

const hearings: Hearing[] = [];

async function hear(ctx: PluginContext, subject: string): Promise<Hearing> {
  const events: Hearing["events"] = [];
  const subscription = await ctx.events.subscribe(subject, ({ from, data }) => void events.push([from, data]));
  return { events, subscription };
}

/** Ways to answer a request. */
const REPLIES = {
  data: ({ data }) => ({ got: data }),
  later: async ({ data }, request) => {
    await pause(0, request!.signal);
    return data;
  },
  nothing: () => undefined,
  error: () => {
    throw new HostError("CONFIG_INVALID", "not like this", { details: { place: 1 } });
  },
  never: (_event, request) => untilGivenUp(request!.signal),
  isAsked: (_event, request) => [request !== undefined, request!.deadline < Infinity],
} satisfies Record<string, EventHandler>;

/** Publish, listen, ask and reply. */
export function events(ctx: PluginContext): ServiceInstance["methods"] {
  return {
    publish: async (input) => {
      const { subject, data } = input as { subject: string; data: JsonValue };
      await ctx.events.publish(subject, data);
      return null;
    },
    subscribe: async (input) => {
      const subject = input as string;
      subscriptions.set(subject, await ctx.events.subscribe(subject, (one) => void heard.push(one)));
      return null;
    },
    unsubscribe: (input) => {
      subscriptions.get(input as string)?.[Symbol.dispose]();
      return null;
    },
    heard: () => heard.splice(0),
    listenTo: async (input) => {
      const hearing = await Promise.all((input as string[]).map(async (subject) => hear(ctx, subject)));
      hearings.push(...hearing);
      return null;
    },
    heardByAll: () => hearings.map(({ events }) => events),
    listenNoMore: () => {
      for (const { subscription } of hearings.splice(0)) subscription[Symbol.dispose]();
      return null;
    },
    publishAll: async (input) => {
      await Promise.all((input as [string, JsonValue][]).map(([subject, data]) => ctx.events.publish(subject, data)));
      return null;
    },
    request: async (input, { signal }) => {
      const { subject, data, timeoutMs } = input as { subject: string; data: JsonValue; timeoutMs?: number };
      return ctx.events.request(subject, data, timeoutMs === undefined ? { signal } : { timeoutMs, signal });
    },
    reply: async (input) => {
      const { subject, how } = input as { subject: string; how: keyof typeof REPLIES };
      subscriptions.set(subject, await ctx.events.subscribe(subject, REPLIES[how]));
      return null;
    },
  };
}
