import { mkdir, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JsonValue, systemClock } from "@berth/base";
import type { FetchRequest } from "@berth/contract";
import { NO_GRANT } from "@berth/contract";
import { DeadlineWheel } from "@berth/kernel/calls";
import type { BoundGrant } from "@berth/kernel/permissions";
import { createServiceRegistry, type OpenServiceRegistry } from "@berth/kernel/services";
import {
  type CapabilitiesOptions,
  createCapabilities,
  createEventBus,
  type DeniedEvent,
  environmentSecrets,
  type OwnedCapabilities,
  type PluginStore,
  type UsedEvent,
} from "../src/capabilities/index.ts";
import { createLog, type LogRecord, Masker } from "../src/log/index.ts";

/** Capabilities of a plugin called `probe`, over real parts, and what a test wants to see of them. */
export interface TestCapabilities extends AsyncDisposable {
  capabilities: OwnedCapabilities;
  /** `data`, `code` and whatever a test makes lie below. */
  folder: string;
  denied: DeniedEvent[];
  used: UsedEvent[];
  records: LogRecord[];
  busErrors: unknown[];
  bus: ReturnType<typeof createEventBus>;
  registry: OpenServiceRegistry;
  lifetime: AbortController;
}

export type TestOptions = Partial<Omit<CapabilitiesOptions, "grant" | "services" | "log">> & {
  grant?: Partial<BoundGrant> | ((folder: string) => Partial<BoundGrant>);
  env?: Record<string, string>;
  /** Folders to make. */
  makes?: string[];
  hides?: string[];
  /** What in the folder no plugin may write. */
  guards?: string[];
};

export async function openCapabilities(options: TestOptions = {}): Promise<TestCapabilities> {
  await using opened = new AsyncDisposableStack();
  const temporary = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-host-")));
  const folder = temporary.path;
  for (const name of ["data", "code", ...(options.makes ?? [])]) await mkdir(join(folder, name), { recursive: true });
  const { grant, env, clock = systemClock, makes: _makes, hides, guards, ...rest } = options;
  const denied: DeniedEvent[] = [];
  const used: UsedEvent[] = [];
  const records: LogRecord[] = [];
  const busErrors: unknown[] = [];
  const masker = new Masker();
  const lifetime = new AbortController();
  const bus = createEventBus({ onListenerError: (error) => busErrors.push(error), onDropped: () => undefined });
  const wheel = opened.use(new DeadlineWheel(clock));
  const registry = opened.use(createServiceRegistry({ clock, wheel, permissionsOf: () => [] }));
  const hidden = (hides ?? []).map((name) => join(folder, name));
  const guarded = (guards ?? []).map((name) => join(folder, name));
  const capabilities = opened.use(
    createCapabilities({
      plugin: { name: "probe", version: "1.0.0" },
      instanceId: "",
      limits: {},
      clock,
      onDenied: (event) => denied.push(event),
      onUsed: (event) => used.push(event),
      signal: lifetime.signal,
      folders: { data: join(folder, "data"), code: join(folder, "code"), hidden, guarded },
      ...rest,
      grant: { ...NO_GRANT, configuredHosts: [], ...(typeof grant === "function" ? grant(folder) : grant) },
      log: createLog({ sink: (record) => records.push(record), level: "trace", clock, masker }),
      services: {
        store: memoryStore(),
        secrets: environmentSecrets(env ?? {}),
        environment: env ?? {},
        events: bus,
        registry,
        masker,
      },
    }),
  );
  const owned = opened.move();
  return {
    capabilities,
    folder,
    denied,
    used,
    records,
    busErrors,
    bus,
    registry,
    lifetime,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A store without a quota. */
export function memoryStore(): PluginStore {
  const values = new Map<string, JsonValue>();
  return {
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
    delete: (key) => values.delete(key),
    keys: (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
  };
}

/** A signal that never fires. */
export const never = (): AbortSignal => new AbortController().signal;

/** A GET request, or what `more` makes of it. */
export function get(url: string, more: Partial<FetchRequest> = {}): FetchRequest {
  return { url, method: "GET", headers: [], redirect: "follow", ...more };
}

/** The code of the error that a call of a plugin rejects with. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "(no error)";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

/** Waits for something another process or socket does; a test's own time limit ends it. */
export async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 5));
}
