import { type Clock, systemClock } from "@berth/base";
import { type HostError, isHostError, type Limits, type Tier } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import {
  type BrokenPlugin,
  type DiscoveredPlugin,
  discover,
  type DuplicatePlugin,
  type Root,
} from "@berth/kernel/discovery";
import { type ResolvedGrant, resolveGrant } from "@berth/kernel/permissions";
import type { SwitchedOff } from "@berth/storage";
import { join } from "node:path";
import { bestVersionsFirst } from "../graph/best-versions-first.ts";
import { assertTierFits, chooseTier, type TierDemands } from "../plugins/choose-tier.ts";
import { limitsOf } from "../plugins/limits-of.ts";
import { type PluginTrust, trustOf } from "../plugins/plugin-trust.ts";
import { type Ask, askOf, asksNothing } from "./ask.ts";
import type { GrantDecision } from "./decision.ts";
import { grantedLimits } from "./granted-limits.ts";
import { Grants, heldError } from "./grants.ts";
import type { LookedAtStorage } from "./look-at-storage.ts";

/** What {@link surveyPlugins} needs. */
export interface SurveyOptions {
  roots: readonly Root[];
  config: HostConfig;
  workingFolder: string;
  dataFolder: string;
  storage: Pick<LookedAtStorage, "grants" | "switches">;
  /** The tiers this host has. */
  tiers: readonly Tier[];
  clock?: Clock;
  signal?: AbortSignal;
}

/** How it stands with the grant of a plugin, in a word. */
export type GrantState =
  /** It asks for nothing. */
  | "nothing-asked"
  /** It has all it asks. */
  | "granted"
  /** It has a part of it. */
  | "partly"
  /** It has nothing of what it asks. */
  | "not-granted"
  /** It asks for more than was granted by command, and does not run until that is granted. */
  | "held";

/** A plugin that was found, and all that is decided about it before it runs. */
export interface SurveyedPlugin {
  plugin: DiscoveredPlugin;
  isEnabled: boolean;
  /** Who disabled it by command, if somebody did. */
  switchedOff: SwitchedOff | undefined;
  trust: PluginTrust;
  tier: Tier;
  /** Why it cannot run here, as far as that is known without asking the machine. */
  problem: HostError | undefined;
  ask: Ask;
  decision: GrantDecision;
  state: GrantState;
  /** What it has of what it asks; nothing while it is held. */
  resolved: ResolvedGrant;
  /** What it may use at most. */
  limits: Limits;
}

/** Everything that was found; of several versions of one plugin the best first. */
export interface PluginSurvey {
  plugins: SurveyedPlugin[];
  broken: readonly BrokenPlugin[];
  duplicates: readonly DuplicatePlugin[];
  failedRoots: readonly { root: Root; error: HostError }[];
}

/** Finds the plugins and says how each stands. Runs nothing and writes nothing. */
export async function surveyPlugins(options: SurveyOptions): Promise<PluginSurvey> {
  const { roots, config, workingFolder, storage, clock = systemClock, signal } = options;
  const found = await discover({ roots, clock, ...(signal ? { signal } : {}) });
  const silent = { info: () => undefined, warn: () => undefined };
  const records = { load: (plugin: string) => storage.grants.load(plugin), save: async () => undefined };
  const grants = new Grants({ config, records, workingFolder, log: silent, clock });
  const plugins: SurveyedPlugin[] = [];
  for (const plugin of await bestVersionsFirst(found.plugins, roots))
    plugins.push(await survey(plugin, grants, options));
  const { broken, duplicates, failedRoots } = found;
  return { plugins, broken, duplicates, failedRoots };
}

async function survey(plugin: DiscoveredPlugin, grants: Grants, options: SurveyOptions): Promise<SurveyedPlugin> {
  const { config, workingFolder, dataFolder, storage } = options;
  const switchedOff = storage.switches.load(plugin.name);
  const settings = config.plugins[plugin.name];
  const { manifest } = plugin;
  const decision = await grants.decide(plugin);
  const limits = grantedLimits(limitsOf(manifest, config), decision, settings);
  const demands = { ...manifest, limits };
  const signature = await settled(() => trustOf(plugin, config, { signal: options.signal }));
  const trust = signature.value ?? plugin.trust;
  const tier = chooseTier(demands, trust, settings);
  const ask = askOf(manifest, { workingFolder });
  const base = { workingFolder, dataFolder: join(dataFolder, "plugins", plugin.name), codeFolder: plugin.folder };
  const resolved = resolveGrant(manifest.permissions, decision.source === "held" ? {} : decision.allowed, base);
  return {
    plugin,
    isEnabled: settings?.enabled !== false && switchedOff === undefined,
    switchedOff,
    trust,
    tier,
    problem: signature.problem ?? (await problemOf(plugin, decision, { demands, tier, options })),
    ask,
    decision,
    state: stateOf(ask, decision, resolved),
    resolved,
    limits,
  };
}

async function problemOf(
  plugin: DiscoveredPlugin,
  decision: GrantDecision,
  { demands, tier, options }: { demands: TierDemands; tier: Tier; options: SurveyOptions },
): Promise<HostError | undefined> {
  if (decision.source === "held") return heldError(plugin, decision);
  const { config, tiers } = options;
  return (await settled(() => assertTierFits(demands, tier, tiers, config.plugins[plugin.name]))).problem;
}

/** What a step gives, or the typed error it ends with. */
async function settled<T>(step: () => T | Promise<T>): Promise<{ value?: T; problem?: HostError }> {
  try {
    return { value: await step() };
  } catch (problem) {
    if (isHostError(problem)) return { problem };
    throw problem;
  }
}

function stateOf(ask: Ask, { source }: GrantDecision, { grant, withheld }: ResolvedGrant): GrantState {
  if (source === "held") return "held";
  if (asksNothing(ask)) return "nothing-asked";
  if (withheld.length === 0) return "granted";
  return Object.values(grant).some((entries: readonly string[]) => entries.length > 0) ? "partly" : "not-granted";
}
