import type { Clock, JsonValue } from "@berth/base";
import type { CallContext } from "@berth/contract";
// By their own paths, as in the host: not every start is to bring all there is about calls.
import type { DeadlineWheel } from "../calls/deadline-wheel.ts";
import { composeEndpoint, type Endpoint } from "../calls/endpoint.ts";
import { NO_RETRY, type PartialCallPolicy } from "../calls/policy.ts";
import type { CallTracing } from "../tracing/traced-endpoint.ts";

/** What crosses the endpoint of a service. */
export interface ServiceInput {
  method: string;
  input: JsonValue;
  /** Who began, then what was called inside one another, up to this call. */
  chain: readonly string[];
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
}

/**
 * Each call brings its own deadline. A method may do what must not be done twice; and a breaker would let one caller whose calls fail
 * shut the service to all others. A plugin as a whole is held to `limits.concurrency` beside this.
 */
const POLICY: PartialCallPolicy = {
  deadlineMs: Infinity,
  retry: NO_RETRY,
  breaker: { failureThreshold: Infinity, errorRate: Infinity },
  concurrency: { maxInFlight: 1_000, maxQueued: 1_000 },
};

/** Composes the way into one service, once. */
export function composeServiceEndpoint(
  service: string,
  parts: ServiceEndpointParts,
  invoke: (input: ServiceInput, call: CallContext) => JsonValue | Promise<JsonValue>,
): ServiceEndpoint {
  const { clock, wheel, permissionsOf } = parts;
  const tracing = parts.tracing?.();
  const describe = ({ method }: ServiceInput): ReturnType<NonNullable<CallTracing<ServiceInput>["describe"]>> => ({
    name: `service/${service} ${method}`,
    attributes: { "rpc.system": "berth", "rpc.service": service, "rpc.method": method },
  });
  return composeEndpoint({
    name: `service/${service}`,
    invoke,
    clock,
    wheel,
    permissionsOf,
    policy: POLICY,
    ...(tracing ? { tracing: { ...tracing, describe } } : {}),
  });
}
