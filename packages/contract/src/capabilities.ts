import type { JsonValue } from "@berth/base";

/**
 * What the host does for a plugin, in values that can cross a thread, a process or a WebAssembly boundary. The SDK dresses this
 * up as `ctx`; the host checks every call against the grant, counts and bounds it. A denied call rejects with
 * `PERMISSION_DENIED`, a failed one with `CAPABILITY_FAILED`, one over a bound with `LIMIT_EXCEEDED`.
 */
export interface Capabilities {
  fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchResponse>;
  readFile(path: string, signal: AbortSignal): Promise<Uint8Array>;
  writeFile(path: string, content: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Adds to the end of a file, which is made when it is not there. */
  appendFile(path: string, content: Uint8Array, signal: AbortSignal): Promise<void>;
  removeFile(path: string, signal: AbortSignal): Promise<void>;
  listFolder(path: string, signal: AbortSignal): Promise<FolderEntry[]>;
  fileInfo(path: string, signal: AbortSignal): Promise<FileInfo | undefined>;
  /** Size and free space of the file system that holds `path`. */
  diskUsage(path: string, signal: AbortSignal): Promise<DiskUsage>;
  exec(request: ExecRequest, signal: AbortSignal): Promise<ExecResult>;
  storeGet(key: string): Promise<JsonValue | undefined>;
  storeSet(key: string, value: JsonValue): Promise<void>;
  storeDelete(key: string): Promise<boolean>;
  storeKeys(prefix: string): Promise<string[]>;
  /** The value of a granted secret. One that was granted for the headers of requests alone is denied. */
  secret(name: string): Promise<string>;
  /**
   * A text that stands for a granted secret: in the value of a request header the host puts the secret in its place, for the hosts it
   * was granted for. Anywhere else it is but this text.
   */
  secretHandle(name: string): Promise<string>;
  /** `outer` is the call that this one is part of; a call of its own has 60 s. */
  callService(
    service: string,
    method: string,
    input: JsonValue,
    signal: AbortSignal,
    outer?: OuterCall,
  ): Promise<JsonValue>;
  /** Whether anybody provides the service. Loads nothing. */
  hasService(service: string): Promise<boolean>;
  publish(subject: string, data: JsonValue): Promise<void>;
  /**
   * Publishes and waits for the first reply. Rejects with `EVENT_NO_RESPONDER` when nobody listens or nobody who did has replied, with
   * `CALL_DEADLINE_EXCEEDED` when the time is over.
   */
  request(subject: string, data: JsonValue, options: EventRequestOptions, signal: AbortSignal): Promise<JsonValue>;
  /** What `deliver` returns to a request, other than `undefined`, is the reply; a promise holds back the next event. */
  subscribe(subject: string, deliver: EventDelivery): Promise<Disposable>;
  log(entry: LogEntry): void;
  /** A variable of the host's environment that was granted; `undefined` when it is not set. */
  environment(name: string): Promise<string | undefined>;
  /** A TCP connection to a granted host. The host resolves the name, checks the address and counts the bytes. */
  connect(request: ConnectRequest, signal: AbortSignal): Promise<Connection>;
  /** Calls `fire` when it is time, until disposed. */
  schedule(request: ScheduleRequest, fire: () => void): Promise<Disposable>;
}

/** What a plugin says of the call it is handling, for what it asks of others on its behalf. */
export interface OuterCall {
  /** When that call must be over, milliseconds since 1970; `Infinity` for no limit. */
  readonly deadline?: number;
  readonly correlationId?: string;
}

/** Where a connection leads. */
export interface ConnectRequest {
  /** A name or an address, without brackets. */
  host: string;
  port: number;
}

/** Bytes both ways. Disposing it ends it at once. */
export interface Connection extends Disposable {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** What has come; `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** No more bytes from this side. */
  end(): void;
}

/** When something is to happen: once, again and again, or by a cron expression. */
export type ScheduleRequest =
  | { afterMs: number }
  | { everyMs: number }
  | {
      /** Five or six fields, as croner reads them. */
      cron: string;
      /** An IANA time zone; default the machine's. */
      timeZone?: string;
    };

/** An HTTP request. The body is at most 16 MiB. */
export interface FetchRequest {
  url: string;
  method: string;
  headers: [string, string][];
  body?: Uint8Array;
  /** What to do about a redirect; each hop is checked against the grant. Default `follow`, at most 5. */
  redirect: "follow" | "error" | "manual";
}

/** An HTTP answer, whole. */
export interface FetchResponse {
  status: number;
  statusText: string;
  /** The address that answered, after redirects. */
  url: string;
  headers: [string, string][];
  body: Uint8Array;
}

/** One entry of a folder. */
export interface FolderEntry {
  name: string;
  kind: "file" | "folder" | "other";
}

/** What is known of a file. */
export interface FileInfo {
  kind: "file" | "folder" | "other";
  size: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/** Bytes. */
export interface DiskUsage {
  total: number;
  /** What an ordinary user may still fill. */
  available: number;
}

/** A program to run, never through a shell. */
export interface ExecRequest {
  command: string;
  args: string[];
  /** Absolute; must be readable under the grant. Default: the plugin's data folder. */
  cwd?: string;
  /** Variables beside a minimal environment (`PATH`, `HOME`, `LANG`). */
  env?: Record<string, string>;
  input?: Uint8Array;
  /** Default 30,000. */
  timeoutMs?: number;
  /** Most bytes kept of each stream, default 1 MiB; more is `LIMIT_EXCEEDED`. */
  maxOutputBytes?: number;
}

/** How a program ended. */
export interface ExecResult {
  exitCode: number | null;
  signal: string | null;
  stdout: Uint8Array;
  stderr: Uint8Array;
}

/** Something that happened. */
export interface BusEvent {
  subject: string;
  data: JsonValue;
  /** Who published it: `host` or `plugin/NAME`. */
  from: string;
  /** So many events this listener lost just before, because it was too slow for them. */
  dropped?: number;
}

/** An event whose publisher waits for a reply. */
export interface EventRequest {
  /** When it stops waiting, milliseconds since 1970. */
  readonly deadline: number;
  /** Fires when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** How long to wait for a reply. */
export interface EventRequestOptions {
  /** Default 10,000; at most 600,000. */
  timeoutMs?: number;
}

/** An event as the host hands it over: several listeners may be shown the same one, so none may change it. */
export interface DeliveredEvent extends BusEvent {
  /** Counts all publications of the host: what comes over two subscriptions under one number is one event. */
  readonly number: number;
  readonly request?: EventRequest & {
    /** In place of a returned reply: one that comes later and holds nothing back until then. */
    replyLater(reply: Promise<unknown>): void;
  };
}

/** Hears of events. */
export type EventDelivery = (event: DeliveredEvent) => unknown;

/** One line of a log. */
export interface LogEntry {
  level: LogLevel;
  message: string;
  /** Structured facts. */
  fields?: Record<string, JsonValue>;
}

/** From least to most severe. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];
