import { isDeepStrictEqual } from "node:util";
import type { JsonValue } from "@berth/base";
import type { Limits } from "@berth/contract";
import type { HostConfig } from "./host-config.ts";

/** What of a plugin's entry differs, by what it means for the plugin. */
export type PluginAspect = "settings" | "limits" | "grant" | "tier" | "policy";

/** What a changed configuration means for one plugin. */
export interface PluginChange {
  plugin: string;
  /** `reload`: it is replaced by itself, under what holds now; `adapt`: it goes on, only the calls into it are held to another policy. */
  action: "reload" | "adapt" | "switch-on" | "switch-off";
  /** Why; empty where it is switched on or off. */
  aspects: readonly PluginAspect[];
}

/** What it takes to go from one configuration to another while the host runs. */
export interface ConfigChangePlan {
  /** In the order of `names`. */
  plugins: readonly PluginChange[];
  /** Keys for the whole host that differ and hold at once: they are read anew each time. */
  host: readonly string[];
  /** Keys and sections that differ and hold only for a host that is started with them. */
  needsRestart: readonly string[];
}

/** A configuration as the host has it. */
export interface HeldConfig {
  config: HostConfig;
  sections: Readonly<Record<string, JsonValue>>;
}

type Entry = HostConfig["plugins"][string];

const ASPECTS: Readonly<Record<keyof Entry, PluginAspect | undefined>> = {
  enabled: undefined,
  log_level: undefined,
  // Read anew at each check.
  health: undefined,
  // It is read when a plugin ends, and holds from then on.
  supervision: undefined,
  settings: "settings",
  settings_version: "settings",
  limits: "limits",
  accept_unenforced: "limits",
  policy: "policy",
  policies: "policy",
  grant: "grant",
  isolation: "tier",
  minimum_isolation: "tier",
};

/** Those that plugins are made with one by one; the others shape the host itself. */
const PLUGIN_KEYS: ReadonlySet<string> = new Set(["plugins", "plugin_limits"]);

/**
 * Compares two configurations.
 *
 * @param names the plugins that the host knows.
 * @param limitsOf what one of them may use at most under a configuration.
 */
export function planConfigChange(
  before: HeldConfig,
  after: HeldConfig,
  names: readonly string[],
  limitsOf: (plugin: string, config: HostConfig) => Limits,
): ConfigChangePlan {
  const areAllLimited = !isDeepStrictEqual(before.config.plugin_limits, after.config.plugin_limits);
  // Its manifest or its entry may say less, or its own.
  const isLimited = (plugin: string): boolean =>
    areAllLimited && !isDeepStrictEqual(limitsOf(plugin, before.config), limitsOf(plugin, after.config));
  const plugins = names.flatMap((plugin): PluginChange[] => {
    const [was, is] = [entryOf(before, plugin), entryOf(after, plugin)];
    if (isOn(was) !== isOn(is)) return [{ plugin, action: isOn(is) ? "switch-on" : "switch-off", aspects: [] }];
    const aspects = aspectsOf(was, is);
    if (isLimited(plugin)) aspects.add("limits");
    if (aspects.size === 0 || !isOn(is)) return [];
    const action = [...aspects].every((aspect) => aspect === "policy") ? "adapt" : "reload";
    return [{ plugin, action, aspects: [...aspects] }];
  });
  const host = heldAtOnce(before.config, after.config);
  const needsRestart = [
    ...differing(before.config, after.config, host),
    ...unknownSwitches(before, after, names),
    ...differingSections(before, after),
  ];
  return { plugins, host, needsRestart };
}

function heldAtOnce(before: HostConfig, after: HostConfig): string[] {
  const isLooking = ({ health }: HostConfig): boolean => health?.interval_ms !== 0;
  const isOtherHealth = !isDeepStrictEqual(plainly(before.health), plainly(after.health));
  return [
    ...(before.log.level === after.log.level ? [] : ["log.level"]),
    // Looks that were never begun are not begun later.
    ...(isOtherHealth && isLooking(before) && isLooking(after) ? ["health"] : []),
    // For plugins that come later too, whether it concerns one that is here or not.
    ...(isDeepStrictEqual(before.plugin_limits, after.plugin_limits) ? [] : ["plugin_limits"]),
  ];
}

/** A plugin that is off when the host starts is not in it, and cannot be brought in while it runs. */
function unknownSwitches(before: HeldConfig, after: HeldConfig, names: readonly string[]): string[] {
  const others = Object.keys({ ...before.config.plugins, ...after.config.plugins }).filter(
    (name) => !names.includes(name),
  );
  const switched = others.filter((name) => isOn(entryOf(before, name)) !== isOn(entryOf(after, name)));
  return switched.map((name) => `plugins.${name}.enabled`);
}

const entryOf = ({ config }: HeldConfig, plugin: string): Partial<Entry> =>
  Object.hasOwn(config.plugins, plugin) ? config.plugins[plugin]! : {};

const isOn = ({ enabled }: Partial<Entry>): boolean => enabled !== false;

function aspectsOf(was: Partial<Entry>, is: Partial<Entry>): Set<PluginAspect> {
  const found = new Set<PluginAspect>();
  for (const [key, aspect] of Object.entries(ASPECTS) as [keyof Entry, PluginAspect | undefined][]) {
    if (aspect !== undefined && !isDeepStrictEqual(plainly(was[key]), plainly(is[key]))) found.add(aspect);
  }
  return found;
}

/** An entry that is not there means the same as one with nothing in it; maps differ by what they hold alone. */
function plainly(value: unknown): unknown {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined;
  return JSON.parse(JSON.stringify(value));
}

function differing(before: HostConfig, after: HostConfig, live: readonly string[]): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof HostConfig>;
  return [...keys].filter((key) => {
    if (PLUGIN_KEYS.has(key) || live.includes(key)) return false;
    if (key === "log") return before.log.format !== after.log.format;
    return !isDeepStrictEqual(plainly(before[key]), plainly(after[key]));
  });
}

function differingSections({ sections: before }: HeldConfig, { sections: after }: HeldConfig): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(plainly(before[name]), plainly(after[name])));
}
