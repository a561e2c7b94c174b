import type { JsonValue } from "@berth/base";
import {
  type Capabilities,
  type ConnectRequest,
  type DeliveredEvent,
  type ExecRequest,
  type FetchRequest,
  HostError,
  type LogEntry,
  type OuterCall,
  type ScheduleRequest,
} from "@berth/contract";
import { give, invalidParams, type Peer } from "@berth/protocol";
import { AskedPlugin } from "./asked-plugin.ts";
import { EventFeed } from "./event-feed.ts";
import { joinConnection } from "./join-connection.ts";
import { NamedCalls } from "./named-calls.ts";
import { isText, membersOf } from "./parse-answers.ts";
import { StreamQueue } from "./stream-queue.ts";

/** Capabilities of one instance of the plugin at the other end. @throws HostError for an instance that was not opened. */
export type CapabilitiesOf = (instanceId: string) => Capabilities;

/** What goes on after it was asked. */
export interface ServedCapabilities {
  /** Whether the plugin ever asked for anything that comes by itself: events, or times. */
  delivers(): boolean;
  /** Resolves when all events that came up to now are sent: with the number of items that were ever. */
  eventsSent(): Promise<number>;
}

/** The parameters of one request, by name; whatever they hold. */
type Params = Readonly<Record<string, unknown>>;

type Handler = (host: Capabilities, params: Params, signal: AbortSignal) => unknown;

/**
 * Answers what the plugin at the other end of `peer` asks of the host. Which instance asks is what the plugin says, and counts for
 * nothing but the choice among its own instances. The capabilities check every value they get, and this passes them on as they came.
 */
export function serveCapabilities(
  peer: Peer,
  capabilitiesOf: CapabilitiesOf,
  now: () => number = Date.now,
  named: NamedCalls = new NamedCalls(undefined),
): ServedCapabilities {
  const feeds: { current: EventFeed | undefined } = { current: undefined };
  let delivers = false;
  const handlers: Record<string, Handler> = { ...SIMPLE, ...lasting(peer), ...events(peer, now, feeds, named) };
  for (const [method, handler] of Object.entries(handlers)) {
    peer.handle(method, (params, incoming) => {
      const members = membersOf(params);
      if (!isText(members.instanceId)) throw invalidParams(method, "instanceId is no text");
      const host = capabilitiesOf(members.instanceId);
      delivers ||= DELIVERING.has(method);
      const answer = (): unknown => handler(host, members, incoming.signal);
      return Object.hasOwn(SIMPLE, method) ? named.run(members, answer) : named.apart(answer);
    });
  }
  peer.listen("log", (params) => {
    const members = membersOf(params);
    const { instanceId, entry } = members;
    try {
      if (isText(instanceId)) named.run(members, () => capabilitiesOf(instanceId).log(entry as LogEntry));
    } catch {
      // A line that is no line, or of an instance that is gone: a notification has nobody to tell.
    }
  });
  return {
    delivers: () => delivers,
    eventsSent: async () => (await feeds.current?.allSent()) ?? 0,
  };
}

/** What comes by itself when it was asked for. */
const DELIVERING: ReadonlySet<string> = new Set(["schedule", "events.open", "events.subscribe"]);

/** What is asked and answered, and over then. Bytes that were made for the plugin are handed over to it. */
const SIMPLE: Record<string, Handler> = {
  fetch: async (host, { request }, signal) => {
    const answer = await host.fetch(request as FetchRequest, signal);
    give(answer.body);
    return answer;
  },
  "files.read": async (host, { path }, signal) => give(await host.readFile(path as string, signal)),
  "files.write": (host, { path, content }, signal) => host.writeFile(path as string, content as Uint8Array, signal),
  "files.append": (host, { path, content }, signal) => host.appendFile(path as string, content as Uint8Array, signal),
  "files.remove": (host, { path }, signal) => host.removeFile(path as string, signal),
  "files.list": (host, { path }, signal) => host.listFolder(path as string, signal),
  "files.info": async (host, { path }, signal) => {
    const info = await host.fileInfo(path as string, signal);
    return info ? { info } : {};
  },
  "files.usage": (host, { path }, signal) => host.diskUsage(path as string, signal),
  exec: async (host, { request }, signal) => {
    const result = await host.exec(request as ExecRequest, signal);
    give(result.stdout);
    give(result.stderr);
    return result;
  },
  "store.get": async (host, { key }) => {
    const value = await host.storeGet(key as string);
    return value === undefined ? {} : { value };
  },
  "store.set": (host, { key, value }) => host.storeSet(key as string, value as JsonValue),
  "store.delete": (host, { key }) => host.storeDelete(key as string),
  "store.keys": (host, { prefix }) => host.storeKeys((prefix ?? "") as string),
  "secrets.get": (host, { name }) => host.secret(name as string),
  "secrets.handle": (host, { name }) => host.secretHandle(name as string),
  "services.call": (host, { service, method, input, outer }, signal) =>
    host.callService(
      service as string,
      method as string,
      (input ?? null) as JsonValue,
      signal,
      outer as OuterCall | undefined,
    ),
  "services.find": (host, { service }) => host.hasService(service as string),
  "events.publish": (host, { subject, data }) => host.publish(subject as string, (data ?? null) as JsonValue),
  "events.request": async (host, { subject, data, timeoutMs }, signal) => {
    const options = timeoutMs === undefined ? {} : { timeoutMs: timeoutMs as number };
    return { value: await host.request(subject as string, (data ?? null) as JsonValue, options, signal) };
  },
  "environment.get": async (host, { name }) => {
    const value = await host.environment(name as string);
    return value === undefined ? {} : { value };
  },
};

/** What goes on after the answer, over a stream that the plugin opened: it ends with the stream, and the stream with the plugin. */
function lasting(peer: Peer): Record<string, Handler> {
  return {
    schedule: (host, params) =>
      beginStream(peer, params, (offer) => host.schedule(params.request as ScheduleRequest, () => offer({}))),
    connect: (host, params, signal) => connect(peer, host, params, signal),
  };
}

/**
 * Events, in either of two ways: all of a plugin over one stream, or each subscription over its own, which is less to write for a plugin
 * in another language.
 */
function events(
  peer: Peer,
  now: () => number,
  feeds: { current: EventFeed | undefined },
  named: NamedCalls,
): Record<string, Handler> {
  const asked = new AskedPlugin(peer, now);
  peer.listen("events.unsubscribe", (params) => feeds.current?.unsubscribe(membersOf(params).subscription));
  return {
    "events.open": (_host, { stream }) => {
      if (feeds.current?.isOver === false) throw invalidParams("events.open", "there is such a stream already");
      feeds.current = new EventFeed(peer.acceptStream(stream), asked, named);
    },
    "events.subscribe": (host, params) => {
      const { subject, subscription, replies } = params;
      if (subscription === undefined) {
        const repliesTo = replies === true ? asked : undefined;
        return beginStream(peer, params, (offer) =>
          host.subscribe(subject as string, (event) => offer(streamItem(event, repliesTo))),
        );
      }
      if (!feeds.current) throw invalidParams("events.subscribe", "events.open comes first");
      return feeds.current.subscribe(host, subject as string, subscription);
    },
  };
}

/** An event on the stream of its subscription. To a plugin that does not reply a request is an event like any. */
function streamItem({ subject, data, from, dropped, request }: DeliveredEvent, asked: AskedPlugin | undefined): object {
  const item = dropped === undefined ? { subject, data, from } : { subject, data, from, dropped };
  if (!request || !asked) return item;
  const { id, timeoutMs, reply } = asked.send(request);
  request.replyLater(reply);
  return { ...item, request: id, timeoutMs };
}

/** Begins something that offers items to the plugin. */
async function beginStream(
  peer: Peer,
  params: Params,
  work: (offer: (item: unknown) => unknown) => Promise<Disposable>,
): Promise<void> {
  const queue = new StreamQueue(peer.acceptStream(params.stream));
  try {
    queue.own(await work((item) => queue.offer(item)));
  } catch (error) {
    queue[Symbol.dispose]();
    throw error;
  }
}

/** Joins a connection of the host to the plugin's stream, both ways. */
async function connect(peer: Peer, host: Capabilities, params: Params, signal: AbortSignal): Promise<unknown> {
  const stream = peer.acceptStream(params.stream);
  const { host: name, port } = membersOf(params.request);
  const request = { host: name, port } as ConnectRequest;
  try {
    const connection = await host.connect(request, signal);
    joinConnection(stream, connection);
    return { remoteAddress: connection.remoteAddress, remotePort: connection.remotePort };
  } catch (error) {
    stream.reset(new HostError("CAPABILITY_FAILED", "The connection was not made"));
    throw error;
  }
}
