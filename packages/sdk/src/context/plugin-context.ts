import type {
  BusEvent,
  DiskUsage,
  EventRequest,
  EventRequestOptions,
  FileInfo,
  FolderEntry,
  LogLevel,
} from "@berth/contract";
import type { JsonObject, JsonValue } from "@berth/base";
import type { SecretHandle } from "../secret-handle.ts";
import type { Secret } from "../secret.ts";
import type { ServiceCallOptions, ServiceClient, ServiceHandle, ServiceRef } from "../service-ref.ts";

/**
 * All of the world a plugin has. Whatever is not here (a socket, a file, a clock that lies) is not there in a sandbox either;
 * a plugin that keeps to it runs in every tier unchanged. Each call is checked against what the operator granted and rejects
 * with `PERMISSION_DENIED` if it was not.
 */
export interface PluginContext {
  /** Name and version from the manifest. */
  readonly plugin: { readonly name: string; readonly version: string };
  /** Which configured instance this context belongs to; empty for the plugin as a whole. */
  readonly instanceId: string;
  /**
   * What the operator set for the plugin as a whole, `plugins.NAME.settings` in berth.yaml: checked by `[config.schema]` of the manifest,
   * defaults filled in, frozen. Changed settings make a reload.
   */
  readonly settings: Readonly<JsonObject>;
  /** `fetch` as everywhere, brokered by the host: only granted hosts answer. */
  readonly fetch: Fetch;
  readonly files: Files;
  /** Runs a granted program, never through a shell. */
  readonly exec: Exec;
  /** The plugin's own key-value store, kept over restarts. */
  readonly store: Store;
  readonly secrets: Secrets;
  /** Variables of the host's environment that were granted. */
  readonly env: Env;
  /** Timers that end with the plugin. */
  readonly schedule: Schedule;
  /** A TCP connection to a granted host, for clients that speak something else than HTTP. */
  readonly connect: Connect;
  readonly log: Log;
  readonly events: Events;
  readonly services: Services;
  /** Milliseconds since 1970 by the host's clock; use it in place of `Date.now()`, so that tests can set the time. */
  now(): number;
}

/** The web's `fetch`, without streaming request bodies. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Files: the plugin's own data folder by relative path, granted places by absolute path. */
export interface Files {
  read(path: string, signal?: AbortSignal): Promise<Uint8Array>;
  readText(path: string, signal?: AbortSignal): Promise<string>;
  write(path: string, content: string | Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Adds to the end; a file that is not there is made. */
  append(path: string, content: string | Uint8Array, signal?: AbortSignal): Promise<void>;
  remove(path: string, signal?: AbortSignal): Promise<void>;
  list(path: string, signal?: AbortSignal): Promise<FolderEntry[]>;
  /** `undefined` when there is nothing at `path`. */
  info(path: string, signal?: AbortSignal): Promise<FileInfo | undefined>;
  /** Size and free space of the file system that holds `path`, bytes. */
  diskUsage(path: string, signal?: AbortSignal): Promise<DiskUsage>;
}

/** Options of {@link Exec}. */
export interface ExecOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string | Uint8Array;
  /** Default 30,000. */
  timeoutMs?: number;
  maxOutputBytes?: number;
  signal?: AbortSignal;
}

/** How a program ended; output is decoded as UTF-8. */
export interface ExecOutcome {
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. A non-zero exit code is a result, not an error. */
export type Exec = (command: string, args?: readonly string[], options?: ExecOptions) => Promise<ExecOutcome>;

/** JSON values by key. Keys are 1 to 512 characters. */
export interface Store {
  get<T extends JsonValue = JsonValue>(key: string): Promise<T | undefined>;
  set(key: string, value: JsonValue): Promise<void>;
  delete(key: string): Promise<boolean>;
  keys(prefix?: string): Promise<string[]>;
}

/** Granted secrets. */
export interface Secrets {
  /** The secret itself; denied when it was granted for request headers alone. */
  get(name: string): Promise<Secret>;
  /** A stand-in that the host replaces by the secret as a request goes out; the plugin never has it. */
  handle(name: string): Promise<SecretHandle>;
}

/** Granted variables of the host's environment; plain text, so no place for secrets. */
export interface Env {
  /** `undefined` when it is not set. */
  get(name: string): Promise<string | undefined>;
}

/** What a timer calls. One that is still busy when its time comes again is not called a second time meanwhile. */
export type Scheduled = () => void | Promise<void>;

/**
 * Timers by the host's clock, at most 100 an instance. The result ends one; stopping the plugin ends all. What the function throws is
 * logged, and the timer goes on.
 */
export interface Schedule {
  /** Once, `delayMs` from now. */
  after(delayMs: number, call: Scheduled): Promise<Disposable>;
  /** Each `intervalMs`, at least 100, counted from the start: delays do not add up, and what was missed is left out. */
  every(intervalMs: number, call: Scheduled): Promise<Disposable>;
  /** By a cron expression of five parts, or six with seconds first; `timeZone` is an IANA name, default the machine's. */
  cron(expression: string, call: Scheduled, options?: { timeZone?: string }): Promise<Disposable>;
}

/** Opens a connection. `signal` gives up the attempt. */
export type Connect = (host: string, port: number, options?: { signal?: AbortSignal }) => Promise<PluginConnection>;

/** Bytes both ways, as the web's streams. Closing `writable` ends this side; disposing ends all at once. */
export interface PluginConnection extends Disposable {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Structured log lines; they never reach standard output. */
export type Log = { readonly [Level in LogLevel]: (message: string, fields?: Record<string, JsonValue>) => void };

/** Events by subject: words joined by dots; in a subscription `*` is one word and `>` the rest. */
export interface Events {
  publish(subject: string, data?: JsonValue): Promise<void>;
  /**
   * Publishes, and resolves with the first reply. Rejects with `EVENT_NO_RESPONDER` as soon as it is clear that nobody replies, with
   * `CALL_DEADLINE_EXCEEDED` after `timeoutMs` (10,000 unless said otherwise), and when `signal` fires.
   */
  request<T extends JsonValue = JsonValue>(
    subject: string,
    data?: JsonValue,
    options?: EventRequestOptions & { signal?: AbortSignal },
  ): Promise<T>;
  /** The result ends the subscription; stopping the plugin ends it too. At most 100 an instance. */
  subscribe(subject: string, listener: EventHandler): Promise<Disposable>;
}

/**
 * Hears of events, one after the other: a promise holds back the next one. Of more than 1,000 that wait the oldest are lost, which the next
 * one tells as `dropped`. What it returns to a request, other than `undefined`, is the reply.
 */
export type EventHandler = (event: BusEvent, request?: EventRequest) => unknown;

/**
 * Services of the host and of other plugins: those that the manifest names under `permissions.services` and the operator granted. The
 * plugin that provides one is loaded by the first call.
 */
export interface Services {
  /**
   * A service by reference. Asks nobody, so it may be kept from `initialize` on, whatever becomes of the provider; its calls reject with
   * `PERMISSION_DENIED` when the service was not granted, and with `SERVICE_NOT_FOUND` while nobody provides it.
   */
  get<Contract>(reference: ServiceRef<Contract>): ServiceClient<Contract>;
  /** The same by name, untyped. */
  get(service: string): ServiceHandle;
  /** `undefined` when nobody provides the service just now. Rejects with `PERMISSION_DENIED` when it was not granted. */
  find<Contract>(reference: ServiceRef<Contract>): Promise<ServiceClient<Contract> | undefined>;
  find(service: string): Promise<ServiceHandle | undefined>;
  /** One call. In place of a signal it takes the call being handled, as every call of a service does. */
  call<T extends JsonValue = JsonValue>(
    service: string,
    method: string,
    input?: JsonValue,
    options?: ServiceCallOptions | AbortSignal,
  ): Promise<T>;
}
