import { nearest } from "@berth/base";
import { type ContributionId, type ContributionKind, HostError } from "@berth/contract";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { PluginTrust } from "./plugin-trust.ts";

/** An answer that somebody reads, however many plugins there are. */
const MOST_NAMED = 100;

/** Something that keeps one plugin, or one of its contributions, from being used; the others are not touched. */
export interface PluginTrouble {
  /** The plugin's name, or its folder when not even that is known. */
  plugin: string;
  error: HostError;
  /** Whether the host must not start without it. */
  isRequired?: boolean;
  /** Where it is, when it can be tried again while the host runs: what it lacks may come. */
  source?: DiscoveredPlugin;
}

/** One plugin that can be used, where it was found, and how far it is trusted. */
export interface DirectoryEntry {
  plugin: ManagedPlugin;
  source: DiscoveredPlugin;
  trust: PluginTrust;
}

/** Which plugins there are and who provides what. The first plugin in order of discovery has a contested contribution. */
export class PluginDirectory {
  readonly #plugins = new Map<string, ManagedPlugin>();
  readonly #providers = new Map<string, ManagedPlugin>();
  readonly #entries = new Map<string, DirectoryEntry>();
  #troubles: PluginTrouble[];
  #revision = 0;

  constructor(entries: Iterable<DirectoryEntry>, troubles: readonly PluginTrouble[]) {
    this.#troubles = [...troubles];
    for (const entry of entries) this.add(entry);
  }

  /** Counts the changes of what is provided and by whom, for whoever keeps what it made of it. */
  get revision(): number {
    return this.#revision;
  }

  /** A plugin was found, perhaps while others run already. What kept it from being used does not any more. */
  add(entry: DirectoryEntry): void {
    const { plugin, source } = entry;
    this.#revision++;
    this.#forget(source.folder);
    this.#entries.set(plugin.name, entry);
    this.#add(plugin);
  }

  /** It is there and cannot be used, or not yet. In place of what was said of its folder before. @returns whether that is news. */
  leaveOut(folder: string, trouble: PluginTrouble): boolean {
    const isNews = !this.#troubles.some(({ error }) => error.message === trouble.error.message);
    this.#forget(folder);
    this.#troubles.push(trouble);
    return isNews;
  }

  /** In order of discovery. */
  get plugins(): readonly ManagedPlugin[] {
    return [...this.#plugins.values()];
  }

  get troubles(): readonly PluginTrouble[] {
    return this.#troubles;
  }

  has(name: string): boolean {
    return this.#plugins.has(name);
  }

  /** By its name, or by `NAME@VERSION`. */
  get(name: string): ManagedPlugin {
    const plugin = this.#plugins.get(name) ?? this.#atVersion(name);
    if (plugin) return plugin;
    const trouble = this.#troubles.find((one) => one.plugin === name);
    if (trouble) throw trouble.error;
    throw noSuchPlugin(name, [...this.#plugins.keys()]);
  }

  /** Whether it runs beside the version that is meant by the name alone. */
  isBeside(id: string): boolean {
    const source = this.#entries.get(id)?.source;
    return source !== undefined && source.id !== source.name;
  }

  /** All versions there are of a plugin, the one meant by the name first. */
  versionsOf(name: string): ManagedPlugin[] {
    return [...this.#entries.values()].filter(({ source }) => source.name === name).map(({ plugin }) => plugin);
  }

  /** How far a plugin is trusted; one that is not here, not at all. */
  trustOf(name: string): PluginTrust {
    return this.#entries.get(name)?.trust ?? "third-party";
  }

  /** Where a plugin was found. */
  sourceOf(name: string): DiscoveredPlugin {
    this.get(name);
    return this.#entries.get(name)!.source;
  }

  /** A plugin has another version now: what it provides, and how far it is trusted, may be another too. */
  update(plugin: ManagedPlugin, trust: PluginTrust): void {
    const entry = this.#entries.get(plugin.name);
    if (!entry) return;
    this.#revision++;
    entry.trust = trust;
    for (const [id, provider] of this.#providers) if (provider === plugin) this.#providers.delete(id);
    for (const each of this.#plugins.values()) {
      for (const id of this.#offeredBy(each)) if (!this.#providers.has(id)) this.#providers.set(id, each);
    }
  }

  /** Names of what is provided of one kind, sorted. */
  names(kind: ContributionKind): string[] {
    const prefix = `${kind}/`;
    return [...this.#providers.keys()]
      .filter((id) => id.startsWith(prefix))
      .map((id) => id.slice(prefix.length))
      .sort();
  }

  /** Who provides it, if anybody does. */
  find(id: ContributionId): ManagedPlugin | undefined {
    return this.#providers.get(id);
  }

  /** @throws HostError `CALL_UNKNOWN_CONTRIBUTION` that names the nearest and all there are. */
  provider(id: ContributionId): ManagedPlugin {
    const plugin = this.#providers.get(id);
    if (plugin) return plugin;
    const [kind, name] = id.split("/") as [ContributionKind, string];
    const names = this.names(kind);
    throw new HostError(
      "CALL_UNKNOWN_CONTRIBUTION",
      `No plugin provides ${id}${hintFor(name, names)} Available: ${names.join(", ") || "none"}`,
    );
  }

  /** A version that runs beside another is there for those bound to it; a service that only it has is found all the same. */
  #offeredBy(plugin: ManagedPlugin): readonly string[] {
    return this.isBeside(plugin.name) ? plugin.provides.filter((id) => id.startsWith("service/")) : plugin.provides;
  }

  #forget(folder: string): void {
    this.#troubles = this.#troubles.filter((one) => one.plugin !== folder && one.source?.folder !== folder);
  }

  #atVersion(id: string): ManagedPlugin | undefined {
    const plugin = this.#plugins.get(id.slice(0, Math.max(0, id.indexOf("@"))));
    return plugin && `${plugin.name}@${plugin.manifest.plugin.version}` === id ? plugin : undefined;
  }

  #add(plugin: ManagedPlugin): void {
    this.#plugins.set(plugin.name, plugin);
    for (const id of this.#offeredBy(plugin)) {
      const first = this.#providers.get(id);
      if (!first) this.#providers.set(id, plugin);
      else if (!this.isBeside(plugin.name))
        this.#troubles.push({ plugin: plugin.name, error: contested(id, first, plugin) });
    }
  }
}

function contested(id: string, first: ManagedPlugin, second: ManagedPlugin): HostError {
  return new HostError(
    "PLUGIN_DUPLICATE",
    `Cannot use ${id} of plugin "${second.name}": plugin "${first.name}" provides it already`,
  );
}

/** Names the one that was meant; else those there are. */
function noSuchPlugin(name: string, known: readonly string[]): HostError {
  const meant = nearest(name, known);
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : "";
  const there = `there are ${known.slice(0, MOST_NAMED).join(", ") || "none"}${more}`;
  const hint = meant === undefined ? there : `did you mean "${meant}"?`;
  return new HostError("PLUGIN_NOT_FOUND", `No plugin is named "${name}"; ${hint}`);
}

function hintFor(name: string, known: Iterable<string>): string {
  const meant = nearest(name, known);
  return meant ? `; did you mean "${meant}"?` : ".";
}
