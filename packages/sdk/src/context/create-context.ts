import type { Capabilities, ExecRequest, FetchRequest, LogLevel } from "@berth/contract";
import { LOG_LEVELS } from "@berth/contract";
import type { JsonObject, JsonValue } from "@berth/base";
import { SecretHandle } from "../secret-handle.ts";
import { Secret } from "../secret.ts";
import { createConnect } from "./create-connect.ts";
import { createEvents } from "./create-events.ts";
import { createSchedule } from "./create-schedule.ts";
import { createServices } from "./create-services.ts";
import { Handlers } from "./handlers.ts";
import type { Exec, Fetch, Files, Log, PluginContext } from "./plugin-context.ts";

/** What {@link createContext} is told about the plugin. */
export interface ContextIdentity {
  plugin: { name: string; version: string };
  instanceId: string;
  now: () => number;
  /** Frozen; absent: none. */
  settings?: Readonly<JsonObject>;
}

/**
 * Dresses the host's capabilities up as the context a plugin sees.
 *
 * @param handlers of the plugin as a whole: its listeners and timers that are at work.
 */
export function createContext(
  identity: ContextIdentity,
  host: Capabilities,
  handlers: Handlers = new Handlers(),
): PluginContext {
  return Object.freeze({
    plugin: Object.freeze({ ...identity.plugin }),
    instanceId: identity.instanceId,
    settings: identity.settings ?? NO_SETTINGS,
    fetch: createFetch(host),
    files: createFiles(host),
    exec: createExec(host),
    store: Object.freeze({
      get: async <T extends JsonValue>(key: string) => (await host.storeGet(key)) as T | undefined,
      set: (key: string, value: JsonValue) => host.storeSet(key, value),
      delete: (key: string) => host.storeDelete(key),
      keys: (prefix = "") => host.storeKeys(prefix),
    }),
    secrets: Object.freeze({
      get: async (name: string) => new Secret(await host.secret(name)),
      handle: async (name: string) => new SecretHandle(await host.secretHandle(name)),
    }),
    env: Object.freeze({ get: (name: string) => host.environment(name) }),
    schedule: createSchedule(host, handlers),
    connect: createConnect(host),
    log: createLog(host),
    events: createEvents(host, handlers),
    services: createServices(host),
    now: identity.now,
  });
}

const NO_SETTINGS: Readonly<JsonObject> = Object.freeze({});

/** For calls the plugin gave no signal: the host's own limits still apply. */
const never = (): AbortSignal => new AbortController().signal;

/** Statuses whose response must not have a body (Fetch standard, "null body status"). */
const NULL_BODY_STATUSES = new Set([101, 103, 204, 205, 304]);

/** The web's `fetch` over the host's. */
export function createFetch(host: Pick<Capabilities, "fetch">): Fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const message: FetchRequest = {
      url: request.url,
      method: request.method,
      headers: [...request.headers],
      redirect: request.redirect,
      ...(body === undefined ? {} : { body }),
    };
    const answer = await host.fetch(message, request.signal);
    const response = new Response(
      NULL_BODY_STATUSES.has(answer.status) ? null : (answer.body as Uint8Array<ArrayBuffer>),
      {
        status: answer.status,
        statusText: answer.statusText,
        headers: answer.headers,
      },
    );
    Object.defineProperty(response, "url", { value: answer.url });
    return response;
  };
}

function createFiles(host: Capabilities): Files {
  return Object.freeze({
    read: (path: string, signal = never()) => host.readFile(path, signal),
    readText: async (path: string, signal = never()) => new TextDecoder().decode(await host.readFile(path, signal)),
    write: (path: string, content: string | Uint8Array, signal = never()) =>
      host.writeFile(path, bytesOf(content), signal),
    append: (path: string, content: string | Uint8Array, signal = never()) =>
      host.appendFile(path, bytesOf(content), signal),
    remove: (path: string, signal = never()) => host.removeFile(path, signal),
    list: (path: string, signal = never()) => host.listFolder(path, signal),
    info: (path: string, signal = never()) => host.fileInfo(path, signal),
    diskUsage: (path: string, signal = never()) => host.diskUsage(path, signal),
  });
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

function createExec(host: Capabilities): Exec {
  return async (command, args = [], { signal = never(), input, ...options } = {}) => {
    const request: ExecRequest = {
      command,
      args: [...args],
      ...options,
      ...(input === undefined ? {} : { input: typeof input === "string" ? new TextEncoder().encode(input) : input }),
    };
    const result = await host.exec(request, signal);
    const decoder = new TextDecoder();
    return {
      exitCode: result.exitCode,
      signal: result.signal,
      stdout: decoder.decode(result.stdout),
      stderr: decoder.decode(result.stderr),
    };
  };
}

function createLog(host: Capabilities): Log {
  const line =
    (level: LogLevel) =>
    (message: string, fields?: Record<string, JsonValue>): void =>
      host.log(fields === undefined ? { level, message } : { level, message, fields });
  return Object.freeze(Object.fromEntries(LOG_LEVELS.map((level) => [level, line(level)]))) as Log;
}
