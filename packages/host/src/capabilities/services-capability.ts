import { runWithin } from "@berth/base";
import type { Capabilities, Grant } from "@berth/contract";
import { failed, malformed, quoted } from "./capability-errors.ts";
import type { CapabilityScope } from "./capability-scope.ts";
import { copyJson } from "./copy-json.ts";
import type { ServiceRegistry } from "./service-registry.ts";

const BOUNDS = { maxBytes: 1_048_576, maxDepth: 64 };
const LIMIT_MS = 60_000;
const METHOD = /^[A-Za-z][\w.-]{0,99}$/;

/** Granted services of the host and of other plugins; what goes in and comes out is bounded, copied JSON. */
export function createServicesCapability(
  scope: CapabilityScope,
  grant: Pick<Grant, "services">,
  { registry, caller }: { registry: ServiceRegistry; caller: string },
): Pick<Capabilities, "callService"> {
  const granted = new Set(grant.services);
  return {
    callService: (service, method, input, signal) =>
      scope.run(signal, async (ended) => {
        if (typeof service !== "string" || typeof method !== "string" || !METHOD.test(method)) {
          throw malformed("Cannot call a service: its name and method must be text, the method of letters and digits");
        }
        const use = { kind: "service", service, method } as const;
        if (!granted.has(service)) {
          const sentence = `Cannot call service ${quoted(service)}: it was not granted; ask for it in permissions.services`;
          throw scope.deny("services", use, sentence);
        }
        scope.used("services", use, service);
        const copy = copyJson(input, BOUNDS, `the input of ${service}.${method}`);
        const onTimeout = () => failed(`Cannot call ${service}.${method}: no answer within ${LIMIT_MS / 1_000} s`);
        const answer = await runWithin({ clock: scope.clock, limitMs: LIMIT_MS, signal: ended, onTimeout }, (limited) =>
          registry.call({ service, method, input: copy, caller, signal: limited }),
        );
        return copyJson(answer ?? null, BOUNDS, `the answer of ${service}.${method}`);
      }),
  };
}
