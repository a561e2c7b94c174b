import { errorMessage } from "@berth/base";
import type { ContributionId, ContributionKind } from "@berth/contract";
import {
  budgetPolicy,
  configuredPolicy,
  type ContributionPolicies,
  isIdempotent,
  type PolicyExtras,
  type PolicyLayers,
  priorityOf,
  RetryBudget,
} from "@berth/kernel/calls";
import type { HostConfig } from "@berth/kernel/config";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { Log } from "../log/index.ts";

type TrackEndpoint = (endpoint: object) => Disposable | undefined;

interface Kept {
  adapt(): void;
}

/**
 * What is said of the calls into plugins: by the kind of a contribution, by the manifest, and by `plugins.NAME.policy` and `policies` of
 * `berth.yaml`, the later winning. Endpoints are composed with it, and go on under what holds then when it changes.
 */
export class PluginPolicies {
  readonly #config: Pick<HostConfig, "plugins">;
  readonly #log: Pick<Log, "error">;
  readonly #budgets = new WeakMap<ManagedPlugin, RetryBudget>();
  readonly #kept = new Map<ManagedPlugin, Set<Kept>>();
  readonly #track: TrackEndpoint | undefined;
  #revision = 0;

  /** @param config read anew at each question, since it changes while the host runs. @param track tells metrics of every endpoint. */
  constructor(config: Pick<HostConfig, "plugins">, log: Pick<Log, "error">, track?: TrackEndpoint) {
    this.#config = config;
    this.#log = log;
    this.#track = track;
  }

  /** Counts the changes, for whoever keeps what it made of them. */
  get revision(): number {
    return this.#revision;
  }

  of(plugin: ManagedPlugin, id: ContributionId, extras?: PolicyExtras): ContributionPolicies {
    const kind = id.slice(0, id.indexOf("/")) as ContributionKind;
    const layers = (): PolicyLayers => this.#layers(plugin, id);
    const policy = (): ContributionPolicies["policy"] => configuredPolicy(kind, layers(), extras);
    return {
      get policy() {
        return policy();
      },
      budget: this.budgetOf(plugin),
      isIdempotent: (member, args, described) => isIdempotent(kind, layers(), member, args, described),
      keep: (endpoint) => {
        const owned = new DisposableStack();
        owned.use(this.#keep(plugin, { adapt: () => endpoint.adapt(policy()) }));
        owned.use(this.#track?.(endpoint));
        return owned;
      },
    };
  }

  /** Of several who add to one thing the higher comes first. */
  priorityOf(plugin: ManagedPlugin, id: ContributionId): number {
    return priorityOf(this.#layers(plugin, id));
  }

  /** What all calls into a plugin may bring about in retries. */
  budgetOf(plugin: ManagedPlugin): RetryBudget {
    let budget = this.#budgets.get(plugin);
    if (budget === undefined) {
      budget = new RetryBudget(() => budgetPolicy(this.#entryOf(plugin)?.policy));
      this.#budgets.set(plugin, budget);
    }
    return budget;
  }

  /** Something else is said of the plugin now, by the operator or by another version of it. */
  adapt(plugin: ManagedPlugin): void {
    this.#revision++;
    for (const one of this.#kept.get(plugin) ?? []) {
      try {
        one.adapt();
      } catch (error) {
        this.#log.error(errorMessage(error), { plugin: plugin.name });
      }
    }
  }

  #keep(plugin: ManagedPlugin, kept: Kept): Disposable {
    let all = this.#kept.get(plugin);
    if (all === undefined) this.#kept.set(plugin, (all = new Set()));
    all.add(kept);
    return {
      [Symbol.dispose]: () => {
        all.delete(kept);
        if (all.size === 0 && this.#kept.get(plugin) === all) this.#kept.delete(plugin);
      },
    };
  }

  #layers(plugin: ManagedPlugin, id: ContributionId): PolicyLayers {
    const { policy, policies } = plugin.manifest;
    const entry = this.#entryOf(plugin);
    return [policy, ownOf(policies, id), entry?.policy, ownOf(entry?.policies, id)];
  }

  #entryOf(plugin: ManagedPlugin): HostConfig["plugins"][string] | undefined {
    return ownOf(this.#config.plugins, plugin.manifest.plugin.name);
  }
}

function ownOf<T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}
