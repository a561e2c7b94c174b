import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { JsonValue } from "@berth/base";
import {
  type CallContext,
  CONTRIBUTION_KINDS,
  type ContributionKind,
  formatProblem,
  HostError,
  type LogEntry,
  type Manifest,
  type SignageContent,
} from "@berth/contract";
import { readManifest } from "@berth/kernel/manifest";
import { PluginRuntime } from "@berth/sdk/runtime";
import { assertContent } from "./assert-content.ts";
import { TestCapabilities, type TestService } from "./test-capabilities.ts";
import { grantFromManifest } from "./test-grant.ts";

/** What {@link openTestSource} takes. */
export interface TestSourceOptions {
  /** The plugin's folder, with its `plugin.toml`. */
  folder: string;
  /** The source's name in the manifest. */
  source: string;
  /** As the operator would write it. */
  config?: Record<string, unknown>;
  /** Default `test`. */
  instanceId?: string;
  now?: () => number;
  services?: Readonly<Record<string, TestService>>;
  /** The plugin's data folder. */
  root?: string;
  /** Folders read in place of others, such as a recorded machine's in place of `/proc`. */
  standIns?: Readonly<Record<string, string>>;
  /** Two sources with one map share the plugin's store, as two instances do. */
  store?: Map<string, JsonValue>;
}

/** One configured source of a real plugin, and what it left behind. */
export interface TestSource extends AsyncDisposable {
  /** One run, checked as the host checks it. */
  fetch(options?: { signal?: AbortSignal; deadline?: number }): Promise<SignageContent | undefined>;
  /** Whether it wants fresh content drawn; a source that has no opinion says yes. */
  shouldRender(content: SignageContent, previous?: SignageContent): Promise<boolean>;
  logs: LogEntry[];
  store: Map<string, JsonValue>;
}

/**
 * Opens a source of a plugin as the host does: the manifest is read, the module checked against it, the configuration checked by
 * the plugin's own schema; the plugin gets exactly the permissions its manifest asks for. So a test of the source is a test of
 * its manifest too.
 *
 * @example
 * await using source = await openTestSource({
 *   folder: join(import.meta.dirname, ".."),
 *   source: "weather",
 *   config: { city: "Oslo", api_key: "k3y", endpoint: server.url },
 * });
 * (await source.fetch())?.title; // "Oslo"
 */
export async function openTestSource(options: TestSourceOptions): Promise<TestSource> {
  const { folder, source, config = {}, instanceId = "test", now = Date.now, services = {}, standIns = {} } = options;
  const manifest = await manifestOf(folder);
  const store = options.store ?? new Map<string, JsonValue>();
  const logs: LogEntry[] = [];
  const grant = grantFromManifest(manifest, config);
  const capabilities = new TestCapabilities({
    grant,
    services,
    standIns,
    secrets: {},
    store,
    logs,
    published: [],
    ...(options.root === undefined ? {} : { root: options.root }),
  });
  const module: unknown = await import(pathToFileURL(join(folder, manifest.runtime.entry)).href);
  const runtime = new PluginRuntime(module, identityOf(manifest), { capabilities: () => capabilities, now });
  const members = await runtime.openInstance({ contribution: `source/${source}`, instanceId, config });
  const invoke = runtime.method(instanceId, "fetch");
  const callWith = (signal: AbortSignal, deadline: number): CallContext => {
    return { signal, deadline, attempt: 1, caller: "test", permissions: [], correlationId: "test" };
  };
  return {
    async fetch({ signal = new AbortController().signal, deadline = now() + 30_000 } = {}) {
      const content = await invoke([], callWith(signal, deadline));
      return content === undefined ? undefined : assertContent(content);
    },
    async shouldRender(content, previous) {
      if (!members.includes("shouldRender")) return true;
      const call = callWith(new AbortController().signal, Infinity);
      return (await runtime.method(instanceId, "shouldRender")([content, previous], call)) as boolean;
    },
    logs,
    store,
    async [Symbol.asyncDispose]() {
      await using _ends = capabilities;
      await runtime.cleanup();
    },
  };
}

async function manifestOf(folder: string): Promise<Manifest> {
  const file = join(folder, "plugin.toml");
  const reading = await readManifest(await readFile(file), file);
  if ("manifest" in reading) return reading.manifest;
  throw new HostError("MANIFEST_INVALID", reading.problems.map(formatProblem).join("\n"));
}

function identityOf({ plugin: { name, version }, provides }: Manifest): {
  name: string;
  version: string;
  provides: string[];
} {
  const kinds = Object.keys(CONTRIBUTION_KINDS) as ContributionKind[];
  return { name, version, provides: kinds.flatMap((kind) => (provides[kind] ?? []).map((item) => `${kind}/${item}`)) };
}
