import type { JsonValue } from "@berth/base";
import type { Capabilities, OuterCall } from "@berth/contract";
import type { ServiceCallOptions, ServiceHandle, ServiceRef } from "../service-ref.ts";
import type { Services } from "./plugin-context.ts";

type Host = Pick<Capabilities, "callService" | "hasService">;
type Wanted = string | ServiceRef<unknown>;

/** Services over the host's capabilities. */
export function createServices(host: Host): Services {
  const get = (wanted: Wanted): unknown =>
    typeof wanted === "string" ? handleOf(host, wanted) : clientOf(host, wanted.service);
  const find = async (wanted: Wanted): Promise<unknown> =>
    (await host.hasService(typeof wanted === "string" ? wanted : wanted.service)) ? get(wanted) : undefined;
  const call = async (
    service: string,
    method: string,
    input: JsonValue = null,
    options: ServiceCallOptions | AbortSignal = {},
  ): Promise<JsonValue> => callService(host, service, method, input, isSignal(options) ? { signal: options } : options);
  return Object.freeze({ get, find, call }) as Services;
}

function handleOf(host: Host, service: string): ServiceHandle {
  const call = (method: string, input: JsonValue = null, options: ServiceCallOptions = {}): Promise<JsonValue> =>
    callService(host, service, method, input, options);
  return Object.freeze({ call: call as ServiceHandle["call"] });
}

/** What JavaScript itself asks of any object; a client that answered would be called by `await` and `JSON.stringify`. */
const NO_METHODS: ReadonlySet<string | symbol> = new Set(["then", "toJSON"]);

/** Which methods there are only the provider knows: any name is one, and refused when it is called. */
function clientOf(host: Host, service: string): object {
  return new Proxy(Object.freeze({}), {
    get: (_target, method) =>
      typeof method === "symbol" || NO_METHODS.has(method)
        ? undefined
        : (input: JsonValue = null, options: ServiceCallOptions = {}) =>
            callService(host, service, method, input, options),
  });
}

function callService(
  host: Host,
  service: string,
  method: string,
  input: JsonValue,
  { signal = new AbortController().signal, deadline, correlationId }: ServiceCallOptions,
): Promise<JsonValue> {
  if (deadline === undefined && correlationId === undefined) return host.callService(service, method, input, signal);
  const outer: OuterCall = {
    ...(deadline === undefined ? {} : { deadline }),
    ...(correlationId === undefined ? {} : { correlationId }),
  };
  return host.callService(service, method, input, signal, outer);
}

/** By what it has: in WebAssembly a signal is of another making. */
function isSignal(options: ServiceCallOptions | AbortSignal): options is AbortSignal {
  return "aborted" in options;
}
