import { type JsonValue, nearest } from "@berth/base";
import { HostError } from "@berth/contract";

/** One call of a service. */
export interface ServiceCall {
  service: string;
  method: string;
  input: JsonValue;
  /** `plugin/NAME`, `app/NAME` or `host`; from the host, never from a message. */
  caller: string;
  signal: AbortSignal;
}

/** Reaches services by name, whoever provides them. */
export interface ServiceRegistry {
  /** Rejects with `SERVICE_NOT_FOUND` when nobody provides the service or it lacks the method. */
  call(call: ServiceCall): Promise<JsonValue>;
}

/** One method of a service. */
export type ServiceMethod = (input: JsonValue, call: { caller: string; signal: AbortSignal }) => Promise<JsonValue>;

/** A registry that services come to and go from. */
export interface OpenServiceRegistry extends ServiceRegistry {
  /** Provides a service until disposed. One name has one provider: a second is `CONTRACT_BROKEN`. */
  registerService(name: string, methods: Readonly<Record<string, ServiceMethod>>): Disposable;
  names(): string[];
}

/** Makes an empty registry. */
export function createServiceRegistry(): OpenServiceRegistry {
  const services = new Map<string, ReadonlyMap<string, ServiceMethod>>();
  return {
    registerService(name, methods) {
      if (services.has(name))
        throw new HostError("CONTRACT_BROKEN", `Cannot provide service "${name}": it is provided already`);
      const own = new Map(Object.entries(methods));
      services.set(name, own);
      return { [Symbol.dispose]: () => void (services.get(name) === own && services.delete(name)) };
    },
    names: () => [...services.keys()],
    async call({ service, method, input, caller, signal }) {
      const methods = services.get(service);
      if (!methods) throw notFound(`No service is named "${service}"`, service, services.keys());
      const found = methods.get(method);
      if (!found) throw notFound(`Service "${service}" has no method "${method}"`, method, methods.keys());
      return await found(input, { caller, signal });
    },
  };
}

function notFound(sentence: string, name: string, names: Iterable<string>): HostError {
  const known = [...names];
  const likely = nearest(name, known);
  const hint = likely === undefined ? `there are ${known.join(", ") || "none"}` : `did you mean "${likely}"?`;
  return new HostError("SERVICE_NOT_FOUND", `${sentence}; ${hint}`);
}
