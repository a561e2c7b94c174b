import type { JsonValue } from "@berth/base";
import type { Capabilities, LogEntry } from "@berth/contract";
import type { PluginContext } from "@berth/sdk";
import { createContext } from "@berth/sdk/runtime";
import { TestCapabilities, type TestService } from "./test-capabilities.ts";

/** What a test lets a plugin do and see; nothing is allowed that is not named. */
export interface TestContextOptions {
  plugin?: { name: string; version: string };
  /** Default `test`. */
  instanceId?: string;
  /** Hosts it may reach, as in a manifest: `server.host` of a recorded server. */
  fetchAllowed?: readonly string[];
  /** Folders it may read, absolute. */
  readAllowed?: readonly string[];
  /** Programs it may run, as in a manifest. */
  execAllowed?: readonly string[];
  /** The plugin's data folder. */
  root?: string;
  /** Default: the real time. */
  now?: () => number;
  /** Services by name; all of them may be called. */
  services?: Readonly<Record<string, TestService>>;
  secrets?: Readonly<Record<string, string>>;
  /** Variables of the environment; all of them may be read. */
  env?: Readonly<Record<string, string>>;
  /** What is in the store at the start; two contexts with one map are two instances of one plugin. */
  store?: Map<string, JsonValue>;
}

/** A context for a plugin under test, and what the plugin did with it. Disposing it ends its timers and connections. */
export interface TestContext extends AsyncDisposable {
  ctx: PluginContext;
  capabilities: Capabilities;
  store: Map<string, JsonValue>;
  logs: LogEntry[];
  published: { subject: string; data: JsonValue }[];
}

/**
 * The context of a plugin under test: real network, files and programs as far as they are allowed; store, log and events in
 * memory, where the test can look at them.
 *
 * @example
 * const { ctx, logs } = createTestContext({ now: () => Date.UTC(2026, 0, 1) });
 * ctx.log.info("hello", { day: new Date(ctx.now()).getUTCDate() });
 * logs; // [{ level: "info", message: "hello", fields: { day: 1 } }]
 * await ctx.store.set("seen", true);
 * await ctx.store.get("seen"); // true
 */
export function createTestContext(options: TestContextOptions = {}): TestContext {
  const { plugin = { name: "plugin-under-test", version: "0.0.0" }, instanceId = "test", services = {} } = options;
  const store = options.store ?? new Map<string, JsonValue>();
  const logs: LogEntry[] = [];
  const published: TestContext["published"] = [];
  const capabilities = new TestCapabilities({
    grant: {
      network: options.fetchAllowed ?? [],
      read: options.readAllowed ?? [],
      exec: options.execAllowed ?? [],
      services: Object.keys(services),
    },
    ...(options.root === undefined ? {} : { root: options.root }),
    services,
    secrets: options.secrets ?? {},
    env: options.env ?? {},
    store,
    logs,
    published,
  });
  const ctx = createContext({ plugin, instanceId, now: options.now ?? Date.now }, capabilities);
  const end = (): Promise<void> => capabilities[Symbol.asyncDispose]();
  return { ctx, capabilities, store, logs, published, [Symbol.asyncDispose]: end };
}
