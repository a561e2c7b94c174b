import type { ContributionId, ContributionKind } from "@berth/contract";
import type { CallOptions, Endpoint } from "@berth/kernel/calls";
import { type Hook, type HookResult, orderHooks, runAll, runFirst, runReduce, runSeries } from "@berth/kernel/hooks";
import { ManagedInstance, type ManagedPlugin } from "@berth/kernel/lifecycle";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { type EndpointSurroundings, openPluginEndpoint } from "./plugin-endpoint.ts";
import type { PluginPolicies } from "./plugin-policies.ts";

/** What {@link HookPoints} need of the host. */
export interface HookPointsOptions extends EndpointSurroundings {
  directory: PluginDirectory;
  graph: { readonly inOrder: readonly ManagedPlugin[] };
}

/** All contributions of one kind, asked by one of their methods. */
export interface HookPoint<I extends readonly unknown[], R> {
  /** Who is asked, in order: by priority, then by who needs whom, then by name. */
  readonly order: readonly ContributionId[];
  /** One after the other until one has an answer. */
  first(args: I, options?: CallOptions): Promise<HookResult<R | undefined>>;
  /** All side by side; the answers in order. */
  all(args: I, options?: CallOptions): Promise<HookResult<R[]>>;
  /** One after the other, each with the same arguments. */
  series(args: I, options?: CallOptions): Promise<HookResult<R[]>>;
  /** One after the other, each with what the one before made of the first argument. */
  reduce(args: I, options?: CallOptions): Promise<HookResult<R>>;
}

/** Where several plugins add to one thing, such as middleware around a request. What they answer is unchecked. */
export class HookPoints implements AsyncDisposable {
  readonly #options: HookPointsOptions;
  readonly #owned = new AsyncDisposableStack();
  /** By plugin, since a contribution may pass to another one; then by contribution. */
  readonly #opened = new Map<ManagedPlugin, Map<ContributionId, Opened>>();

  constructor(options: HookPointsOptions) {
    this.#options = options;
  }

  /** Loads nothing. Ask once and keep it: the order is worked out again only when plugins or their policies change. */
  at<I extends readonly unknown[], R>(kind: ContributionKind, member: string): HookPoint<I, R> {
    let hooks: (Hook<I, R> & { contribution: ContributionId })[] = [];
    let madeAt = "";
    const current = (): typeof hooks => {
      const { directory, policies } = this.#options;
      const now = `${directory.revision}/${policies.revision}`;
      if (now !== madeAt) hooks = this.#hooksOf(kind, member);
      madeAt = now;
      return hooks;
    };
    return {
      get order() {
        return current().map(({ contribution }) => contribution);
      },
      first: (args, options) => runFirst(current(), args, options),
      all: (args, options) => runAll(current(), args, options),
      series: (args, options) => runSeries(current(), args, options),
      reduce: (args, options) => {
        const [value, ...others] = args;
        return runReduce(current(), value as R, (changed) => [changed, ...others] as unknown as I, options);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#opened.clear();
    await this.#owned.disposeAsync();
  }

  #hooksOf<I extends readonly unknown[], R>(
    kind: ContributionKind,
    member: string,
  ): (Hook<I, R> & { contribution: ContributionId })[] {
    return providersInOrder(kind, this.#options).map((provider) => ({
      ...provider,
      plugin: provider.plugin.name,
      isRequired: provider.plugin.manifest.plugin.criticality === "required",
      call: (args, options) =>
        (this.#endpoint(provider.plugin, provider.contribution, member) as Endpoint<I, R>).call(args, options),
    }));
  }

  #endpoint(
    plugin: ManagedPlugin,
    contribution: ContributionId,
    member: string,
  ): Endpoint<readonly unknown[], unknown> {
    const { instance, endpoints } = this.#open(plugin, contribution);
    let endpoint = endpoints.get(member);
    if (endpoint === undefined) {
      const opened = openPluginEndpoint(plugin, { contribution, member }, this.#options, instance);
      endpoint = this.#owned.use(opened).endpoint;
      endpoints.set(member, endpoint);
    }
    return endpoint;
  }

  /** One instance for all methods: what `before` began `after` may end. */
  #open(plugin: ManagedPlugin, contribution: ContributionId): Opened {
    let ofPlugin = this.#opened.get(plugin);
    if (ofPlugin === undefined) this.#opened.set(plugin, (ofPlugin = new Map()));
    let opened = ofPlugin.get(contribution);
    if (opened === undefined) {
      const instanceId = `${contribution} of hooks`;
      const instance = this.#owned.use(
        new ManagedInstance({ plugin, contribution, instanceId, config: {}, isDispensable: true }),
      );
      ofPlugin.set(contribution, (opened = { instance, endpoints: new Map() }));
    }
    return opened;
  }
}

interface Opened {
  readonly instance: ManagedInstance;
  /** By method. */
  readonly endpoints: Map<string, Endpoint<readonly unknown[], unknown>>;
}

/** Who provides one kind of thing, in the order in which they have their turn. */
export function providersInOrder(
  kind: ContributionKind,
  {
    directory,
    graph,
    policies,
  }: { directory: PluginDirectory; graph: { readonly inOrder: readonly ManagedPlugin[] }; policies: PluginPolicies },
): { plugin: ManagedPlugin; contribution: ContributionId; priority: number }[] {
  const provided = directory.names(kind).flatMap((name) => {
    const contribution: ContributionId = `${kind}/${name}`;
    const plugin = directory.find(contribution);
    return plugin ? [{ plugin, contribution, priority: policies.priorityOf(plugin, contribution) }] : [];
  });
  const named = provided.map((one) => ({ ...one, plugin: one.plugin.name, owner: one.plugin }));
  const inOrder = graph.inOrder.map(({ name }) => name);
  return orderHooks(named, inOrder).map(({ owner, contribution, priority }) => ({
    plugin: owner,
    contribution,
    priority,
  }));
}
