import { errorMessage, type JsonObject, type JsonValue } from "@berth/base";
import type { HostConfig } from "@berth/kernel/config";
import type { Storage } from "@berth/storage";
import type { Log } from "../log/index.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { HOST_VERSION } from "../version.ts";

/** What {@link auditStart} looks at. */
export interface AuditStartOptions {
  storage: Pick<Storage, "audit" | "auditMarks">;
  config: HostConfig;
  directory: Pick<PluginDirectory, "plugins">;
  log: Pick<Log, "warn">;
}

/**
 * Keeps in the audit log that a host starts with another configuration, other plugins or another Berth than the one before: what was
 * changed while none ran. Never rejects: a host is not kept from starting, and says so the next time.
 */
export async function auditStart({ storage, config, directory, log }: AuditStartOptions): Promise<void> {
  const plugins = Object.fromEntries(directory.plugins.map(({ name, manifest }) => [name, manifest.plugin.version]));
  const start = { berth: HOST_VERSION, config: digestOf(config), plugins } satisfies JsonObject;
  const before = storage.auditMarks.load("start");
  if (JSON.stringify(before) === JSON.stringify(start)) return;
  // The mark after the entry: a crash between the two says it twice.
  const details = { by: "host", ...start, ...since(before, start.config) };
  if (!(await storage.audit.note({ kind: "host.changed", plugin: "", details }))) return;
  await storage.auditMarks.save("start", start).catch((error: unknown) => log.warn(errorMessage(error)));
}

/** The digest that `berth audit list` shows for the configuration: of the values that hold, secrets and all, so that none is in it. */
export function digestOf(config: HostConfig): string {
  return `sha256:${process.getBuiltinModule("node:crypto").hash("sha256", JSON.stringify(sorted(config as unknown as JsonValue)), "hex")}`;
}

function since(before: JsonValue | undefined, config: string): JsonObject {
  if (typeof before !== "object" || before === null || Array.isArray(before)) return { configChanged: null };
  return { configChanged: before["config"] !== config };
}

/** The order of keys in a file is no change. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
