import { HostError, type Inspection, type InspectionKind, type TakeBytes, type Tier } from "@berth/contract";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { AuditLog } from "@berth/storage";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { PluginSwitches } from "../plugins/switches.ts";

/** What {@link PluginInspections} needs of the host. */
export interface InspectionOptions {
  directory: Pick<PluginDirectory, "get">;
  switches: Pick<PluginSwitches, "assertOn">;
  audit: Pick<AuditLog, "append">;
}

/** What is to be looked at, and who wants it. */
export interface InspectionOrder {
  plugin: string;
  kind: InspectionKind;
  by: string;
  /** Of no account for a heap. */
  durationMs: number;
  maxBytes: number;
}

/** What was looked at. */
export interface InspectionReport extends Inspection {
  plugin: string;
  version: string;
  generation: number;
  tier: Tier;
  bytes: number;
}

const AUDIT_KINDS = { cpu: "plugin.profiled", heap: "plugin.heap_taken" } as const;

/** Looks into plugins that run, one look at a time into each. It costs nothing as long as nobody looks. */
export class PluginInspections {
  readonly #options: InspectionOptions;
  readonly #underWay = new Set<string>();

  constructor(options: InspectionOptions) {
    this.#options = options;
  }

  /**
   * Takes a profile or a heap snapshot of one plugin while it serves; one that has not been used yet is loaded. That somebody looks is in
   * the audit log before: what a heap holds may be secret.
   */
  async inspect(order: InspectionOrder, take: TakeBytes, signal: AbortSignal): Promise<InspectionReport> {
    const { directory, switches, audit } = this.#options;
    const plugin = directory.get(order.plugin);
    const { name } = plugin;
    switches.assertOn(name);
    if (this.#underWay.has(name)) throw busy(plugin, order.kind);
    this.#underWay.add(name);
    try {
      await plugin.activate(signal);
      const { number: generation, channel } = plugin.serving ?? notServing(name, order.kind);
      if (!channel.inspect) throw isHosts(name, order.kind);
      const { kind, durationMs, maxBytes, by } = order;
      const about = kind === "cpu" ? { by, seconds: durationMs / 1_000 } : { by };
      await audit.append({ kind: AUDIT_KINDS[kind], plugin: name, details: about });
      let bytes = 0;
      const count: TakeBytes = (chunk) => {
        bytes += chunk.length;
        return take(chunk);
      };
      const { guest } = await channel.inspect({ kind, durationMs, maxBytes }, count, signal);
      return { plugin: name, version: plugin.manifest.plugin.version, generation, tier: channel.tier, guest, bytes };
    } finally {
      this.#underWay.delete(name);
    }
  }
}

function notServing(name: string, kind: InspectionKind): never {
  throw new HostError("PLUGIN_FAILED", `Cannot ${verb(kind)} plugin "${name}": it does not run just now`);
}

function isHosts(name: string, kind: InspectionKind): HostError {
  const whose = kind === "cpu" ? "its time is the host's own" : "its memory is the host's own";
  return new HostError(
    "TIER_UNAVAILABLE",
    `Cannot ${verb(kind)} plugin "${name}": it runs in tier inline, where ${whose}; set plugins.${name}.isolation to worker or process`,
  );
}

function busy({ name }: ManagedPlugin, kind: InspectionKind): HostError {
  return new HostError(
    "CALL_CONCURRENCY_EXCEEDED",
    `Cannot ${verb(kind)} plugin "${name}": somebody else is looking into it just now`,
  );
}

function verb(kind: InspectionKind): string {
  return kind === "cpu" ? "profile" : "take the heap of";
}
