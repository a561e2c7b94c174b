import { neutraliseLine } from "@berth/base";
import type { Capabilities, Grant, OuterCall } from "@berth/contract";
import type { ServiceRegistry } from "@berth/kernel/services";
import { malformed, quoted } from "./capability-errors.ts";
import type { CapabilityScope } from "./capability-scope.ts";
import { copyJson } from "./copy-json.ts";
import type { Slots } from "./slots.ts";
import type { Use } from "./usage/use.ts";

const BOUNDS = { maxBytes: 1_048_576, maxDepth: 64 };
const METHOD = /^[A-Za-z][\w.-]{0,99}$/;
const LONGEST_ID = 200;

/** What {@link createServicesCapability} needs beside the grant. */
export interface ServicesCapabilityOptions {
  registry: ServiceRegistry;
  /** Who calls, for the registry and the called. */
  caller: string;
  /** The generation that calls. */
  generation?: number | undefined;
  /** Places for calls under way, shared by the instances of the plugin. */
  calls: Slots;
}

/** Granted services of the host and of other plugins; what goes in and comes out is bounded, copied JSON. */
export function createServicesCapability(
  scope: CapabilityScope,
  grant: Pick<Grant, "services">,
  { registry, caller, generation, calls }: ServicesCapabilityOptions,
): Pick<Capabilities, "callService" | "hasService"> {
  const granted = new Set(grant.services);
  const assertGranted = (verb: string, service: string, method = ""): void => {
    const use: Use = { kind: "service", service, method };
    if (granted.has(service)) return scope.used("services", use, service);
    const line = `services = [${quoted(service)}]`;
    const fix = `ask for it in permissions.services of plugin.toml (${line}), and have it granted`;
    throw scope.deny("services", use, `Cannot ${verb} service ${quoted(service)}: it was not granted; ${fix}`);
  };
  return {
    callService: (service, method, input, signal, outer) =>
      scope.run(signal, async (ended) => {
        if (typeof service !== "string" || typeof method !== "string" || !METHOD.test(method)) {
          throw malformed("Cannot call a service: its name and method must be text, the method of letters and digits");
        }
        assertGranted("call", service, method);
        const copy = copyJson(input, BOUNDS, `the input of ${service}.${method}`);
        const call = { service, method, input: copy, caller, signal: ended, ...checked(outer) };
        const from = generation === undefined ? {} : { from: generation };
        const answer = await calls.run(ended, () => registry.call({ ...call, ...from }));
        return copyJson(answer ?? null, BOUNDS, `the answer of ${service}.${method}`);
      }),
    hasService: (service) =>
      scope.run(undefined, async () => {
        if (typeof service !== "string") throw malformed("Cannot look for a service: its name must be text");
        assertGranted("look for", service);
        return registry.has(service, caller);
      }),
  };
}

/** What a plugin says of the call it is handling, as far as it makes sense; the registry believes none of it. */
function checked(outer: unknown): OuterCall {
  if (outer === undefined || outer === null) return {};
  const { deadline, correlationId } = outer as Record<keyof OuterCall, unknown>;
  if (deadline !== undefined && (typeof deadline !== "number" || Number.isNaN(deadline)))
    throw malformed("Cannot call a service: the deadline of the call it belongs to must be a number");
  if (correlationId !== undefined && typeof correlationId !== "string")
    throw malformed("Cannot call a service: the correlation id of the call it belongs to must be text");
  return {
    ...(deadline === undefined ? {} : { deadline }),
    ...(correlationId !== undefined && isLine(correlationId) ? { correlationId } : {}),
  };
}

/** Whether it may stand in a log. An application may have made it of anything; the call is made without it then. */
function isLine(correlationId: string): boolean {
  return correlationId !== "" && correlationId === neutraliseLine(correlationId, LONGEST_ID);
}
