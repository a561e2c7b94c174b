import type { BusEvent, DiskUsage, FileInfo, FolderEntry, LogLevel } from "@berth/contract";
import type { JsonValue } from "@berth/base";
import type { SecretHandle } from "../secret-handle.ts";
import type { Secret } from "../secret.ts";

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
  /** The result ends the subscription; stopping the plugin ends it too. */
  subscribe(subject: string, listener: (event: BusEvent) => void): Promise<Disposable>;
}

/** Services of the host and of other plugins. */
export interface Services {
  call<T extends JsonValue = JsonValue>(
    service: string,
    method: string,
    input?: JsonValue,
    signal?: AbortSignal,
  ): Promise<T>;
}
