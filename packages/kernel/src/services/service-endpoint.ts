import type { Clock, JsonValue } from "@berth/base";
import type { CallContext } from "@berth/contract";
// By their own paths, as in the host: not every start is to bring all there is about calls.
import { AnswerCache } from "../calls/answer-cache.ts";
import type { ContributionPolicies } from "../calls/contribution-policies.ts";
import type { BreakerState } from "../calls/breaker.ts";
import type { DeadlineWheel } from "../calls/deadline-wheel.ts";
import { composeEndpoint } from "../calls/endpoint.ts";
import type { Endpoint } from "../calls/endpoint-parts.ts";
import { KIND_POLICIES } from "../calls/kind-policies.ts";
import { NO_RETRY, type PartialCallPolicy } from "../calls/policy.ts";
import type { RetryBudget } from "../calls/retry-budget.ts";
import type { CallTracing } from "../tracing/traced-endpoint.ts";

/** What crosses the endpoint of a service. */
export interface ServiceInput {
  method: string;
  input: JsonValue;
  caller: string;
  /** Who began, then what was called inside one another, up to this call. */
  chain: readonly string[];
  /** Of the plugin by which the chain began. */
  budget?: RetryBudget | undefined;
  /** The generation of the caller that asks. */
  from?: number | undefined;
}

/** The way into one service, whoever provides it. */
export type ServiceEndpoint = Endpoint<ServiceInput, JsonValue>;

/** What the endpoints of a host's services have in common. */
export interface ServiceEndpointParts {
  clock: Clock;
  wheel: DeadlineWheel;
  /** What each caller may ask of plugins. */
  permissionsOf: (caller: string) => readonly string[];
  /** Asked when an endpoint is composed: in a host that does not trace there is none. */
  tracing?: (() => CallTracing<ServiceInput> | undefined) | undefined;
  /** Hears when a breaker before a plugin's service opens or closes, whichever caller's it is. */
  onBreakerChange?: ((service: string, state: BreakerState) => void) | undefined;
}

/** What is known of the methods of a plugin's service. */
export interface ServiceRules {
  /** What manifest and operator say; without it, nobody says anything. */
  policies?: ContributionPolicies | undefined;
  /** Whether a method may be called twice. */
  isIdempotent: (method: string, input: JsonValue) => boolean;
}

/** The host's own methods are code that we know: they neither hang nor fail for a while. */
const OF_HOST: PartialCallPolicy = {
  ...KIND_POLICIES.service,
  retry: NO_RETRY,
  breaker: { failureThreshold: Infinity, errorRate: Infinity },
};

type Invoke = (input: ServiceInput, call: CallContext) => JsonValue | Promise<JsonValue>;

/** Composes the way into one service of the host, once. */
export function composeHostService(service: string, parts: ServiceEndpointParts, invoke: Invoke): ServiceEndpoint {
  return composeEndpoint({ ...commonParts(service, parts), invoke, policy: OF_HOST });
}

/**
 * Composes the way into one service of a plugin, once. Each call brings its own deadline. Each caller has a breaker of its own: one
 * whose calls fail, perhaps for what it says, does not shut the service to all others. A plugin as a whole is held to
 * `limits.concurrency` beside this.
 */
export function composePluginService(
  service: string,
  parts: ServiceEndpointParts,
  { policies, isIdempotent }: ServiceRules,
  invoke: Invoke,
): ServiceEndpoint {
  const mayRepeat = ({ method, input }: ServiceInput): boolean => isIdempotent(method, input);
  const { onBreakerChange } = parts;
  return composeEndpoint({
    ...commonParts(service, parts),
    invoke,
    policy: policies?.policy ?? KIND_POLICIES.service,
    budget: policies?.budget,
    isBreakerPerCaller: true,
    ...(onBreakerChange ? { hooks: { onBreakerChange: (state) => onBreakerChange(service, state) } } : {}),
    isIdempotent: mayRepeat,
    cache: new AnswerCache((called: ServiceInput) => (mayRepeat(called) ? keyOf(called) : undefined)),
  });
}

function commonParts(service: string, { clock, wheel, permissionsOf, tracing: tracingOf }: ServiceEndpointParts) {
  const tracing = tracingOf?.();
  const describe = ({ method }: ServiceInput): ReturnType<NonNullable<CallTracing<ServiceInput>["describe"]>> => ({
    name: `service/${service} ${method}`,
    attributes: { "rpc.system": "berth", "rpc.service": service, "rpc.method": method },
  });
  const traced = tracing ? { tracing: { ...tracing, describe } } : {};
  return { name: `service/${service}`, clock, wheel, permissionsOf, ...traced };
}

/** What one caller is told is not for another one. */
function keyOf({ caller, method, input }: ServiceInput): string {
  return JSON.stringify([caller, method, input]);
}
