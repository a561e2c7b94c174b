import { mkdir, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type Host, type HostOptions, type LogRecord, type Root } from "@berth/host";
import { defaultHostConfig, type HostConfig } from "@berth/kernel/config";
import { type PluginToWrite, writePlugin } from "./write-plugin.ts";

/** What {@link createTestHost} takes; whatever is left out is as in a host nobody has configured. */
export interface TestHostOptions extends Partial<Omit<HostOptions, "config">> {
  /** Plugin folders, or plugins that are written first; in this order. */
  plugins?: readonly (string | PluginToWrite)[];
  /** Default `first-party`: they run, in the inline tier, with all they ask for. */
  trust?: Root["trust"];
  /** What differs from an empty `berth.yaml`. */
  config?: Partial<HostConfig>;
  /** Where the host works and keeps its data; stays when the host is gone, so that another can go on there. Default: a new one. */
  folder?: string;
}

/** A host, its folder, and what it has logged. */
export interface TestHost extends Host {
  readonly folder: string;
  readonly records: readonly LogRecord[];
}

/**
 * A whole host in a folder of its own, with real plugins. Disposing it stops the host and removes the folder.
 *
 * @example
 * await using host = await createTestHost({
 *   plugins: [{ name: "greeter", provides: { source: ["greeting"] }, source: GREETER }],
 * });
 * host.plugins.names("source"); // ["greeting"]
 */
export async function createTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const { plugins = [], trust = "first-party", config, folder: given, roots = [], ...rest } = options;
  await using opened = new AsyncDisposableStack();
  const folder = given ?? opened.use(await mkdtempDisposable(join(tmpdir(), "berth-test-"))).path;
  await mkdir(folder, { recursive: true });
  const records: LogRecord[] = [];
  const host = opened.use(
    await createHost({
      workingFolder: folder,
      dataFolder: join(folder, ".berth"),
      env: {},
      ...rest,
      roots: [...(await rootsOf(plugins, join(folder, "plugins"), trust)), ...roots],
      config: { ...defaultHostConfig(), log: { level: "trace", format: "text" }, ...config },
      logSink: (record) => {
        records.push(record);
        rest.logSink?.(record);
      },
    }),
  );
  const owned = opened.move();
  return {
    ...host,
    get limitCounts() {
      return host.limitCounts;
    },
    get alerts() {
      return host.alerts;
    },
    folder,
    records,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function rootsOf(
  plugins: readonly (string | PluginToWrite)[],
  folder: string,
  trust: Root["trust"],
): Promise<Root[]> {
  const paths: string[] = [];
  for (const plugin of plugins) paths.push(typeof plugin === "string" ? plugin : await writePlugin(folder, plugin));
  return paths.map((path) => ({ kind: "plugin", path, trust }));
}
