import { errorMessage, neutraliseLine, SerialQueue } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";
import type { ConfigChangePlan, HeldConfig, HostConfig, PluginChange } from "@berth/kernel/config";
import type { EventBus } from "@berth/kernel/events";
import type { AuditLog } from "@berth/storage";
import { digestOf } from "../audit/audit-start.ts";
import type { PluginPolicies } from "../calls/plugin-policies.ts";
import { publishSystemEvent } from "../events/system-events.ts";
import type { Log } from "../log/index.ts";
import { limitsOf } from "../plugins/limits-of.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { Reloads } from "../reload/reloads.ts";

/** Who changed it: whoever may write the file, which is all that is known. */
const BY = "berth.yaml";

/** What {@link ConfigChanges} needs. */
export interface ConfigChangesOptions {
  /** What holds now. Whoever makes plugins reads it there each time; nothing but this class writes it. */
  held: { config: HostConfig; sections: HeldConfig["sections"] };
  directory: PluginDirectory;
  reloads: Reloads;
  dependentsOf(plugin: string): readonly string[];
  policies: PluginPolicies;
  events: Pick<EventBus, "publish">;
  audit: Pick<AuditLog, "append" | "note">;
  log: Log;
}

/** What became of a changed configuration. */
export interface ConfigChangeReport {
  /** `refused`: everything is as it was. */
  outcome: "applied" | "unchanged" | "refused";
  /** The plugins that were reloaded, switched on or off, in order. */
  plugins: readonly string[];
  /** Keys for the whole host that hold from now on. */
  host: readonly string[];
  /** What differs and holds only from the next start of the host on. */
  needsRestart: readonly string[];
  /** Why it was refused. */
  failed?: { plugin: string; error: HostError };
}

/**
 * Applies changed configurations to a running host, one after the other, each wholly or not at all: every plugin that it concerns is
 * replaced by itself under the new one, as a reload does it, and when one does not start or is not healthy those before it are put back.
 */
export class ConfigChanges implements Disposable {
  readonly #options: ConfigChangesOptions;
  readonly #turns = new SerialQueue();
  /** What plugins on probation were configured with before. */
  readonly #before = new Map<string, HostConfig["plugins"][string] | undefined>();
  readonly #listening: Disposable;
  #isApplying = false;

  constructor(options: ConfigChangesOptions) {
    this.#options = options;
    this.#listening = options.reloads.onDidReload(({ plugin, outcome }) => {
      if (outcome === "rolled-back") this.#putEntryBack(plugin);
      else if (!this.#isApplying) this.#before.delete(plugin);
    });
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  /** `next` has passed all checks that a file is put to. Never rejects because a plugin does not like it: that is in the report. */
  apply(next: HeldConfig, signal: AbortSignal): Promise<ConfigChangeReport> {
    return this.#turns.run(async () => {
      this.#isApplying = true;
      try {
        const report = await this.#apply(next, signal);
        this.#tell(report);
        return report;
      } finally {
        this.#isApplying = false;
      }
    });
  }

  /** A file that cannot be used at all: what runs goes on, and it is told. */
  refuse(error: unknown): void {
    this.#options.log.error(`The configuration was not changed: ${errorMessage(error)}`);
    publishSystemEvent(this.#options.events, "config.refused", { plugin: null, ...reasonOf(error) });
    void this.#options.audit.note({ kind: "config.refused", plugin: "", details: { by: BY, ...reasonOf(error) } });
  }

  async #apply(next: HeldConfig, signal: AbortSignal): Promise<ConfigChangeReport> {
    const { held, directory } = this.#options;
    const names = directory.plugins.map(({ name }) => name);
    // With all that reads configurations: not before one changes.
    const { planConfigChange } = await import("@berth/kernel/config");
    const plan = planConfigChange(held, next, names, (name, config) => limitsOf(directory.get(name).manifest, config));
    const { host, needsRestart } = plan;
    const changes = this.#inOrder(plan.plugins);
    const before = { ...held.config };
    const unwritten = await this.#writeDown(next, plan);
    if (unwritten) return refused(changes[0]?.plugin ?? "", unwritten);
    const { plugins, plugin_limits, health, log } = next.config;
    Object.assign(held.config, { plugins, plugin_limits, log: { ...before.log, level: log.level } });
    if (host.includes("health")) Object.assign(held.config, { health });
    const done: PluginChange[] = [];
    for (const change of changes) {
      const error = await this.#change(change, signal);
      if (error === undefined) {
        done.push(change);
        this.#before.set(change.plugin, before.plugins[change.plugin]);
        continue;
      }
      Object.assign(held.config, before);
      await this.#undo(done);
      return refused(change.plugin, error);
    }
    const outcome = changes.length + host.length > 0 ? "applied" : "unchanged";
    return { outcome, plugins: done.map(({ plugin }) => plugin), host, needsRestart };
  }

  /** What is switched off goes first, each before those it needs: they may be switched off by the same change. */
  #inOrder(changes: readonly PluginChange[]): PluginChange[] {
    const weight = ({ plugin }: PluginChange): number => this.#options.dependentsOf(plugin).length;
    const off = changes.filter(({ action }) => action === "switch-off");
    const rest = changes.filter(({ action }) => action !== "switch-off");
    return [...off.toSorted((a, b) => weight(a) - weight(b)), ...rest];
  }

  /** @returns why it could not be written down; then nothing is changed. */
  async #writeDown(
    { config }: HeldConfig,
    { plugins: changes, host, needsRestart }: ConfigChangePlan,
  ): Promise<HostError | undefined> {
    if (changes.length + host.length + needsRestart.length === 0) return undefined;
    const plugins = changes.map(({ plugin, action }) => `${action} ${plugin}`);
    try {
      const details = { by: BY, plugins, keys: [...host], needsRestart: [...needsRestart], config: digestOf(config) };
      await this.#options.audit.append({ kind: "config.changed", plugin: "", details });
      return undefined;
    } catch (error) {
      if (isHostError(error)) return error;
      throw error;
    }
  }

  /** @returns why the plugin does not go along; it is then as it was. */
  async #change({ plugin: name, action }: PluginChange, signal: AbortSignal): Promise<HostError | undefined> {
    const { directory, reloads } = this.#options;
    try {
      const plugin = directory.get(name);
      if (action === "reload") return (await reloads.reload(name, { signal, always: true, by: BY })).failed?.error;
      if (action === "adapt") this.#options.policies.adapt(plugin);
      else if (action === "switch-off") {
        const needed = this.#options.dependentsOf(name).filter((id) => directory.get(id).state === "active");
        if (needed.length > 0) return neededBy(name, needed);
        await plugin.deactivate();
      } else if (plugin.manifest.runtime.load === "eager" || plugin.manifest.plugin.criticality === "required") {
        await plugin.activate(signal);
      }
      return undefined;
    } catch (error) {
      return isHostError(error) ? error : new HostError("PLUGIN_FAILED", errorMessage(error), { cause: error });
    }
  }

  async #undo(done: readonly PluginChange[]): Promise<void> {
    const { log } = this.#options;
    for (const { plugin, action } of done.toReversed()) {
      const opposite = {
        reload: "reload",
        adapt: "adapt",
        "switch-on": "switch-off",
        "switch-off": "switch-on",
      } as const;
      const back: PluginChange = { plugin, action: opposite[action], aspects: [] };
      // Not what the caller may have given up: this must be done.
      const error = await this.#change(back, new AbortController().signal);
      if (error)
        log.error(`Cannot put plugin "${plugin}" back under its old configuration: ${error.message}`, { plugin });
      this.#before.delete(plugin);
    }
  }

  /** The plugin went back to its old configuration by itself; what makes it next must not find the one that failed. */
  #putEntryBack(plugin: string): void {
    if (!this.#before.has(plugin)) return;
    const { held, log } = this.#options;
    const entry = this.#before.get(plugin);
    const { [plugin]: _failed, ...others } = held.config.plugins;
    held.config.plugins = entry === undefined ? others : { ...others, [plugin]: entry };
    this.#before.delete(plugin);
    this.#options.policies.adapt(this.#options.directory.get(plugin));
    log.error(`Plugin "${plugin}" failed under its new configuration and goes on under the one before`, { plugin });
  }

  #tell({ outcome, plugins, host, needsRestart, failed }: ConfigChangeReport): void {
    const { log, events, audit } = this.#options;
    if (failed) {
      log.error(`The configuration was not changed: ${failed.error.message}`, { plugin: failed.plugin });
      publishSystemEvent(events, "config.refused", { plugin: failed.plugin, ...reasonOf(failed.error) });
      void audit.note({
        kind: "config.refused",
        plugin: failed.plugin,
        details: { by: BY, ...reasonOf(failed.error) },
      });
      return;
    }
    for (const key of needsRestart) log.warn(`A change of ${key} holds from the next start of the host on`);
    if (outcome === "unchanged" && needsRestart.length === 0) return;
    if (outcome === "applied") log.info(`The configuration was changed: ${[...host, ...plugins].join(", ")}`);
    publishSystemEvent(events, "config.changed", {
      plugins: [...plugins],
      keys: [...host],
      needsRestart: [...needsRestart],
    });
  }
}

function refused(plugin: string, error: HostError): ConfigChangeReport {
  return { outcome: "refused", plugins: [], host: [], needsRestart: [], failed: { plugin, error } };
}

function neededBy(name: string, dependents: readonly string[]): HostError {
  const which = dependents.map((id) => `plugins.${id}.enabled`).join(", ");
  const message = `Cannot disable plugin "${name}": ${dependents.join(", ")} cannot do without it; switch off ${which} as well`;
  return new HostError("PLUGIN_IN_USE", message, { details: { plugin: name, dependents: [...dependents] } });
}

function reasonOf(error: unknown): { code: string; message: string } {
  return {
    code: isHostError(error) ? error.code : "CONFIG_INVALID",
    message: neutraliseLine(errorMessage(error), 1_000),
  };
}
