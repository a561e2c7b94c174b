import { errorMessage, type JsonValue } from "@berth/base";
import type {
  Capabilities,
  Connection,
  ConnectRequest,
  DiskUsage,
  ExecResult,
  FetchResponse,
  FileInfo,
  FolderEntry,
  OuterCall,
} from "@berth/contract";
import type { Peer } from "@berth/protocol";
import { EventFeed } from "./event-feed.ts";
import { boundLog } from "./log-bound.ts";
import type { NamedWork } from "./named-work.ts";
import { StreamConnection } from "./stream-connection.ts";
import { Subscription } from "./subscription.ts";

/**
 * The host's capabilities for one instance, asked for over `peer`. What goes on (a timer, a connection) lives as long as the stream that
 * belongs to it; events come over `feed`, which all instances of a plugin share.
 */
export function createRemoteCapabilities(
  peer: Peer,
  instanceId: string,
  feed: EventFeed = new EventFeed(peer),
  work?: NamedWork,
): Capabilities {
  /** For which call something is asked, where that is known; the host believes it only while the call is under way. */
  const forCall = (): { call?: string } => {
    const call = work?.current;
    return call === undefined ? {} : { call };
  };
  const ask = async (method: string, params: object, signal?: AbortSignal): Promise<never> =>
    (await peer.request(method, { instanceId, ...forCall(), ...params }, signal ? { signal } : undefined)) as never;
  /** For what answers nothing, which crosses as null. */
  const tell = async (method: string, params: object, signal?: AbortSignal): Promise<void> => {
    await ask(method, params, signal);
  };
  const log = boundLog((entry) => peer.notify("log", { instanceId, entry, ...forCall() }));

  /** Hears of each item, one after the other; what the listener returns holds back the next one. */
  const listen = async (what: string, method: string, params: object, hear: (item: never) => unknown) => {
    const stream = peer.openStream();
    try {
      await ask(method, { ...params, stream: stream.id });
    } catch (error) {
      stream[Symbol.dispose]();
      throw error;
    }
    return new Subscription(stream, {
      hear: (item) => hear(item as never),
      onError: (error) => log({ level: "error", message: `${what} failed: ${errorMessage(error)}` }),
    });
  };

  return {
    fetch: (request, signal): Promise<FetchResponse> => ask("fetch", { request }, signal),
    readFile: (path, signal): Promise<Uint8Array> => ask("files.read", { path }, signal),
    writeFile: (path, content, signal) => tell("files.write", { path, content }, signal),
    appendFile: (path, content, signal) => tell("files.append", { path, content }, signal),
    removeFile: (path, signal) => tell("files.remove", { path }, signal),
    listFolder: (path, signal): Promise<FolderEntry[]> => ask("files.list", { path }, signal),
    fileInfo: async (path, signal): Promise<FileInfo | undefined> =>
      ((await ask("files.info", { path }, signal)) as { info?: FileInfo }).info,
    diskUsage: (path, signal): Promise<DiskUsage> => ask("files.usage", { path }, signal),
    exec: (request, signal): Promise<ExecResult> => ask("exec", { request }, signal),
    storeGet: async (key) => ((await ask("store.get", { key })) as { value?: JsonValue }).value,
    storeSet: (key, value) => tell("store.set", { key, value }),
    storeDelete: (key): Promise<boolean> => ask("store.delete", { key }),
    storeKeys: (prefix): Promise<string[]> => ask("store.keys", { prefix }),
    secret: (name): Promise<string> => ask("secrets.get", { name }),
    secretHandle: (name): Promise<string> => ask("secrets.handle", { name }),
    callService: (service, method, input, signal, outer): Promise<JsonValue> =>
      ask("services.call", { service, method, input, ...(outer ? { outer: sayable(outer) } : {}) }, signal),
    hasService: (service): Promise<boolean> => ask("services.find", { service }),
    publish: (subject, data) => tell("events.publish", { subject, data }),
    request: async (subject, data, options, signal) =>
      ((await ask("events.request", { subject, data, ...options }, signal)) as { value: JsonValue }).value,
    subscribe: (subject, deliver) => {
      const onError = (error: unknown): void =>
        log({ level: "error", message: `Listener of ${subject} failed: ${errorMessage(error)}` });
      return feed.subscribe({ instanceId, subject, deliver, onError });
    },
    log,
    environment: async (name) => ((await ask("environment.get", { name })) as { value?: string }).value,
    connect: (request, signal) => connect(peer, instanceId, request, signal),
    schedule: (request, fire) => listen("Scheduled function", "schedule", { request }, () => fire()),
  };
}

/** What JSON can say of it. */
function sayable({ deadline = Infinity, correlationId }: OuterCall): OuterCall {
  return {
    ...(deadline === Infinity ? {} : { deadline }),
    ...(correlationId === undefined ? {} : { correlationId }),
  };
}

async function connect(
  peer: Peer,
  instanceId: string,
  request: ConnectRequest,
  signal: AbortSignal,
): Promise<Connection> {
  const stream = peer.openStream();
  try {
    const answer = await peer.request("connect", { instanceId, request, stream: stream.id }, { signal });
    return new StreamConnection(stream, answer as Pick<Connection, "remoteAddress" | "remotePort">);
  } catch (error) {
    stream[Symbol.dispose]();
    throw error;
  }
}
