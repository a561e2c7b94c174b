import { execFile } from "node:child_process";
import { appendFile, mkdir, readdir, readFile, realpath, rm, stat, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { errorMessage, type JsonValue } from "@berth/base";
import {
  type Capabilities,
  type Connection,
  type ConnectRequest,
  type EventDelivery,
  type EventRequestOptions,
  type ExecRequest,
  type ExecResult,
  type FetchRequest,
  type FetchResponse,
  HostError,
  type LogEntry,
  type ScheduleRequest,
} from "@berth/contract";
import type { OwnedCapabilities } from "@berth/host/capabilities";
import { createEventBus } from "@berth/kernel/events";
import { findDestination, matchesExec, networkRules, parseExecEntry, requestTarget } from "@berth/kernel/permissions";
import { openBrokers } from "./open-brokers.ts";
import type { TestGrant } from "./test-grant.ts";

/** The host's own bound on an answer. */
const MOST_BYTES = 10 * 1024 * 1024;

/** As whom the plugin publishes. */
const OWNER = "plugin/under-test";

/** How the host's stand-ins for secrets begin. */
const HANDLE = "berth-secret-";

/** A service of the host or of another plugin, as far as a test needs it. */
export type TestService = Record<string, (input: JsonValue) => JsonValue | Promise<JsonValue>>;

/** What {@link TestCapabilities} is made of. */
export interface TestWorld {
  grant: TestGrant;
  /** The plugin's data folder; without one it has no files of its own. */
  root?: string;
  /** Folders read in place of others, such as a recorded `/proc`. */
  standIns?: Readonly<Record<string, string>>;
  services: Readonly<Record<string, TestService>>;
  secrets: Readonly<Record<string, string>>;
  /** Variables of the environment; all of them may be read. */
  env?: Readonly<Record<string, string>>;
  store: Map<string, JsonValue>;
  logs: LogEntry[];
  published: { subject: string; data: JsonValue }[];
}

/** The capabilities of a test: real network, real files, real programs, within a grant; store, log and events in memory. */
export class TestCapabilities implements Capabilities, AsyncDisposable {
  readonly #world: TestWorld;
  #brokers: OwnedCapabilities | undefined;
  readonly #bus = createEventBus({
    onListenerError: (error) =>
      this.#world.logs.push({ level: "error", message: `A listener failed: ${errorMessage(error)}` }),
    onDropped: () => undefined,
  });

  constructor(world: TestWorld) {
    this.#world = world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#brokers?.[Symbol.asyncDispose]();
  }

  async fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchResponse> {
    const { url, redirect, method, headers, body } = request;
    // A secret that is only sent is put in, and hidden again, by the host's own broker.
    if (headers.some(([, value]) => value.includes(HANDLE))) return await this.#broker().fetch(request, signal);
    const { host, pathname } = new URL(url);
    const target = requestTarget(new URL(url));
    const rules = networkRules({ network: this.#world.grant.network, configuredHosts: [] });
    const found = target && findDestination(rules, target, { method, path: pathname });
    if (!found || "refused" in found) throw denied(`reach ${host}`);
    try {
      const init = { method, headers, redirect, signal, ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}) };
      const response = await fetch(url, init);
      return {
        status: response.status,
        statusText: response.statusText,
        url: response.url,
        headers: [...response.headers],
        body: await readBody(response),
      };
    } catch (error) {
      signal.throwIfAborted();
      // The address stands in the message, key and all, as a careless host would have it.
      throw failed(`GET ${url}`, error);
    }
  }

  async readFile(path: string): Promise<Uint8Array> {
    const real = await this.#readable(path);
    return readFile(real).catch((error: unknown) => Promise.reject(failed(`read ${path}`, error)));
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    const target = this.#own(path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }

  async appendFile(path: string, content: Uint8Array): Promise<void> {
    const target = this.#own(path);
    await mkdir(dirname(target), { recursive: true });
    await appendFile(target, content);
  }

  async removeFile(path: string): Promise<void> {
    await rm(this.#own(path), { force: true });
  }

  async listFolder(path: string): ReturnType<Capabilities["listFolder"]> {
    const real = await this.#readable(path);
    const entries = await readdir(real, { withFileTypes: true }).catch((error: unknown) =>
      Promise.reject(failed(`list ${path}`, error)),
    );
    return entries.map((entry) => ({
      name: entry.name,
      kind: entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "other",
    }));
  }

  async fileInfo(path: string): ReturnType<Capabilities["fileInfo"]> {
    const found = await stat(await this.#readable(path)).catch(() => undefined);
    if (!found) return undefined;
    const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
    return { kind, size: found.size, modifiedAt: found.mtimeMs };
  }

  /** As in the host: a folder above a granted one tells nothing but the size of its file system. */
  async diskUsage(path: string): ReturnType<Capabilities["diskUsage"]> {
    const { grant, root = tmpdir() } = this.#world;
    const places = [root, ...grant.read];
    if (!places.some((place) => within(place, path) || within(path, place))) throw denied(`measure ${path}`);
    const { bsize, blocks, bavail } = await statfs(path).catch((error: unknown) =>
      Promise.reject(failed(`measure ${path}`, error)),
    );
    return { total: blocks * bsize, available: bavail * bsize };
  }

  async exec(request: ExecRequest, signal: AbortSignal): Promise<ExecResult> {
    const entries = this.#world.grant.exec.map(parseExecEntry).filter((entry) => entry !== undefined);
    if (!entries.some((entry) => matchesExec(entry, request.command, request.args))) {
      throw denied(`run ${[request.command, ...request.args].join(" ")}`);
    }
    const { root = tmpdir() } = this.#world;
    if (request.cwd !== undefined && !isAbsolute(request.cwd))
      throw new HostError("CONTRACT_BROKEN", "cwd must be an absolute path");
    const cwd = request.cwd === undefined ? root : await this.#readable(request.cwd);
    return run({ ...request, cwd }, signal);
  }

  async storeGet(key: string): Promise<JsonValue | undefined> {
    return structuredClone(this.#world.store.get(key));
  }

  async storeSet(key: string, value: JsonValue): Promise<void> {
    this.#world.store.set(key, structuredClone(value));
  }

  async storeDelete(key: string): Promise<boolean> {
    return this.#world.store.delete(key);
  }

  async storeKeys(prefix: string): Promise<string[]> {
    return [...this.#world.store.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async secret(name: string): Promise<string> {
    const value = this.#world.secrets[name];
    if (value === undefined) throw denied(`read the secret ${name}`);
    return value;
  }

  secretHandle(name: string): Promise<string> {
    return this.#broker().secretHandle(name);
  }

  environment(name: string): Promise<string | undefined> {
    return this.#broker().environment(name);
  }

  connect(request: ConnectRequest, signal: AbortSignal): Promise<Connection> {
    return this.#broker().connect(request, signal);
  }

  schedule(request: ScheduleRequest, fire: () => void): Promise<Disposable> {
    return this.#broker().schedule(request, fire);
  }

  async callService(service: string, method: string, input: JsonValue): Promise<JsonValue> {
    if (!this.#world.grant.services.includes(service)) throw denied(`call the service ${service}`);
    const call = this.#world.services[service]?.[method];
    if (!call) throw new HostError("SERVICE_NOT_FOUND", `No service is named "${service}" with a method ${method}`);
    return call(input);
  }

  async hasService(service: string): Promise<boolean> {
    if (!this.#world.grant.services.includes(service)) throw denied(`look for the service ${service}`);
    return this.#world.services[service] !== undefined;
  }

  async publish(subject: string, data: JsonValue): Promise<void> {
    this.#world.published.push({ subject, data });
    this.#bus.publish({ subject, data, from: OWNER });
  }

  request(
    subject: string,
    data: JsonValue,
    { timeoutMs = 10_000 }: EventRequestOptions,
    signal: AbortSignal,
  ): Promise<JsonValue> {
    this.#world.published.push({ subject, data });
    return this.#bus.request({ subject, data, from: OWNER }, { timeoutMs, signal });
  }

  async subscribe(pattern: string, deliver: EventDelivery): Promise<Disposable> {
    return this.#bus.subscribe({ owner: OWNER, pattern }, deliver);
  }

  log(entry: LogEntry): void {
    this.#world.logs.push(entry);
  }

  #broker(): OwnedCapabilities {
    return (this.#brokers ??= openBrokers(this.#world));
  }

  #standInFor(path: string): string | undefined {
    for (const [folder, instead] of Object.entries(this.#world.standIns ?? {})) {
      if (!within(folder, path)) continue;
      if (!this.#world.grant.read.some((granted) => within(granted, path))) throw denied(`read ${path}`);
      return join(instead, relative(folder, path));
    }
    return undefined;
  }

  #own(path: string): string {
    const { root } = this.#world;
    if (root === undefined || isAbsolute(path) || !within(root, join(root, path))) throw denied(`use ${path}`);
    return join(root, path);
  }

  async #readable(path: string): Promise<string> {
    const standIn = this.#standInFor(path);
    if (standIn !== undefined) return standIn;
    const wanted = isAbsolute(path) ? path : this.#own(path);
    const real = await realpath(wanted).catch((error: unknown) => Promise.reject(failed(`open ${path}`, error)));
    const folders = await Promise.all(
      [...this.#world.grant.read, this.#world.root ?? []].flat().map((folder) => realpath(folder).catch(() => folder)),
    );
    if (!folders.some((folder) => within(folder, real))) throw denied(`read ${path}`);
    return real;
  }
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MOST_BYTES)
      throw new HostError(
        "LIMIT_EXCEEDED",
        `Cannot take the answer of ${response.url}: it is larger than ${MOST_BYTES} bytes`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function run(
  { command, args, cwd, env, input, timeoutMs = 30_000, maxOutputBytes = 1024 * 1024 }: ExecRequest,
  signal: AbortSignal,
): Promise<ExecResult> {
  return new Promise((done, fail) => {
    const minimal = { PATH: process.env["PATH"], HOME: process.env["HOME"], LANG: process.env["LANG"], ...env };
    const options = {
      cwd,
      env: minimal,
      signal,
      timeout: timeoutMs,
      maxBuffer: maxOutputBytes,
      encoding: "buffer",
    } as const;
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (signal.aborted) return fail(signal.reason as Error);
      if (error?.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER")
        return fail(new HostError("LIMIT_EXCEEDED", `${command} printed too much`));
      if (typeof error?.code === "string") return fail(failed(`run ${command}`, error));
      done({ exitCode: child.exitCode, signal: child.signalCode, stdout, stderr });
    });
    child.stdin?.on("error", () => undefined).end(input);
  });
}

function within(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way === "" || (way !== ".." && !way.startsWith("../") && !isAbsolute(way));
}

const denied = (what: string): HostError => new HostError("PERMISSION_DENIED", `Cannot ${what}: it was not granted`);

function failed(what: string, error: unknown): unknown {
  if (error instanceof HostError) return error;
  const cause = error instanceof Error && error.cause !== undefined ? `: ${errorMessage(error.cause)}` : "";
  return new HostError("CAPABILITY_FAILED", `Cannot ${what}: ${errorMessage(error)}${cause}`, { cause: error });
}
