import type { Clock } from "@berth/base";
import type { CallContext, ContributionId } from "@berth/contract";
import {
  composeEndpoint,
  type DeadlineWheel,
  Declined,
  type Endpoint,
  type EndpointParts,
  type PolicyExtras,
} from "@berth/kernel/calls";
import { ManagedInstance, type ManagedPlugin } from "@berth/kernel/lifecycle";
import type { PluginPolicies } from "./plugin-policies.ts";

/** One method of a contribution, to be called. */
export interface EndpointOptions extends PolicyExtras {
  contribution: ContributionId;
  member: string;
  /** Default: the contribution's own name. */
  instanceId?: string;
  config?: unknown;
}

/** The way to one method, and the instance behind it, which is opened by the first call. Whoever asked for it disposes it. */
export interface OpenedEndpoint<I extends readonly unknown[], R> extends AsyncDisposable {
  /** Declines where the instance lacks the method. */
  readonly endpoint: Endpoint<I, R | Declined>;
  readonly instance: ManagedInstance;
}

/** What endpoints need of a host. */
export interface EndpointSurroundings {
  clock: Clock;
  wheel: DeadlineWheel;
  policies: PluginPolicies;
  permissionsOf: (caller: string) => readonly string[];
  /** In a host that does not trace there is none. */
  tracing: <I>() => EndpointParts<I, unknown>["tracing"];
}

/**
 * Composes the way to one method of a plugin, with all that plugin and operator say of calls into it.
 *
 * @param shared an instance that is there already, and stays when the endpoint is disposed.
 */
export function openPluginEndpoint<I extends readonly unknown[], R>(
  plugin: ManagedPlugin,
  options: EndpointOptions,
  { clock, wheel, policies, permissionsOf, tracing }: EndpointSurroundings,
  shared?: ManagedInstance,
): OpenedEndpoint<I, R> {
  const { contribution, member, instanceId = contribution, config = {} } = options;
  const instance = shared ?? new ManagedInstance({ plugin, contribution, instanceId, config });
  const said = policies.of(plugin, contribution, options);
  const invoke = async (args: I, call: CallContext): Promise<R | Declined> => {
    await instance.open(call.signal);
    if (!instance.has(member)) return new Declined(`${contribution} has no ${member}`);
    return instance.method(member)(args, call) as Promise<R>;
  };
  const name = instanceId === contribution ? contribution : `${contribution} (${instanceId})`;
  const endpoint = composeEndpoint<I, R | Declined>({
    name,
    invoke,
    clock,
    wheel,
    permissionsOf,
    policy: said.policy,
    budget: said.budget,
    isIdempotent: (args) => said.isIdempotent(member, args),
    tracing: tracing<I>(),
  });
  const kept = said.keep(endpoint);
  return {
    endpoint,
    instance,
    [Symbol.asyncDispose]: async () => {
      kept[Symbol.dispose]();
      if (instance !== shared) await instance[Symbol.asyncDispose]();
    },
  };
}
