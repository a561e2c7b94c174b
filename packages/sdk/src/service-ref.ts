import type { JsonValue } from "@berth/base";
import type { CallContext } from "@berth/contract";

/**
 * The name of a service and, for TypeScript, what can be called. `Contract` is an interface of methods over JSON values, each of one
 * parameter or none: the provider writes it, and whoever calls imports it as a type.
 */
export interface ServiceRef<Contract> {
  readonly service: string;
  /** Never there; it ties the reference to its type. */
  readonly contract?: Contract;
}

/**
 * A typed reference to a service, for `ctx.services.get`.
 *
 * @example
 * interface Metrics {
 *   count(input: { name: string; by?: number }): number;
 *   names(): string[];
 * }
 * const METRICS = defineServiceRef<Metrics>("metrics");
 *
 * // In any hook or method of a plugin with `permissions.services = ["metrics"]`:
 * const useMetrics = async (ctx: PluginContext, call: CallContext) => {
 *   const metrics = ctx.services.get(METRICS);
 *   const total: number = await metrics.count({ name: "visits" }, call);
 *   return [total, await metrics.names()];
 * };
 */
export function defineServiceRef<Contract>(service: string): ServiceRef<Contract> {
  return Object.freeze({ service });
}

/**
 * What a call of a service belongs to. Hand on the {@link CallContext} of the call you are handling: its signal, what is left of its time
 * and its correlation id travel with the call. Without one the call has 60 s.
 */
export interface ServiceCallOptions {
  /** Gives the call up when it fires. */
  readonly signal?: AbortSignal;
  /** When it must be over, milliseconds since 1970. */
  readonly deadline?: number;
  /** Ties log lines of calls together. */
  readonly correlationId?: string;
}

/** A service by reference: the methods of `Contract`, each with {@link ServiceCallOptions} as its last argument. */
export type ServiceClient<Contract> = {
  readonly [Name in keyof Contract]: Contract[Name] extends (...args: infer Args) => infer Answer
    ? (...args: ClientArguments<Args>) => Promise<Awaited<Answer>>
    : never;
};

/** The same methods as who provides them writes them. */
export type ServiceMethods<Contract> = {
  readonly [Name in keyof Contract]: Contract[Name] extends (...args: infer Args) => infer Answer
    ? (input: Args extends [] ? null : Args[0], call: CallContext) => Awaited<Answer> | Promise<Awaited<Answer>>
    : never;
};

type ClientArguments<Args extends unknown[]> = Args extends []
  ? [input?: null, options?: ServiceCallOptions]
  : Args extends [infer Input]
    ? [input: Input, options?: ServiceCallOptions]
    : [input?: Args[0], options?: ServiceCallOptions];

/** A service by name. */
export interface ServiceHandle {
  call<T extends JsonValue = JsonValue>(method: string, input?: JsonValue, options?: ServiceCallOptions): Promise<T>;
}
