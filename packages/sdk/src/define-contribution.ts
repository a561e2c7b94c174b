import type { ContributionInstances, ContributionKind, ServiceInstance, ServiceScope } from "@berth/contract";
import type { PluginContext } from "./context/plugin-context.ts";
import type { AnyContribution } from "./define-plugin.ts";
import type { ConfigSchema } from "./fields/fields.ts";
import type { ServiceMethods, ServiceRef } from "./service-ref.ts";

/** What the helpers below take beside the name. */
export interface ContributionOptions<Kind extends ContributionKind, Config> {
  description?: string;
  /** From {@link fields}, zod 4, or any Standard Schema. Without one, no configuration is allowed. */
  config?: ConfigSchema<Config>;
  /** Permissions demanded of whoever calls any method of its instances: dotted words such as `deployment.execute`. */
  requires?: readonly string[];
  /**
   * Whether its methods may be called twice for one answer, or which of them may: those are called again when a call fails. Default: of
   * sources, layouts and schedulers all, of the others none. Manifest and operator may say otherwise.
   */
  idempotent?: boolean | readonly string[];
  create(config: Config, ctx: PluginContext): ContributionInstances[Kind] | Promise<ContributionInstances[Kind]>;
}

type Helper<Kind extends ContributionKind> = <Config = Record<string, never>>(
  name: string,
  options: ContributionOptions<Kind, Config>,
) => AnyContribution;

function helper<Kind extends ContributionKind>(kind: Kind): Helper<Kind> {
  return (name, options) => Object.freeze({ ...options, kind, name }) as unknown as AnyContribution;
}

/**
 * A source of content for signage.
 *
 * @example
 * defineSource("clock", {
 *   config: fields({ city: { type: "string", default: "Oslo" } }),
 *   create: (config, ctx) => ({
 *     fetch: async () => ({ title: config.city, lines: [new Date(ctx.now()).toISOString()] }),
 *   }),
 * });
 */
export const defineSource = helper("source");
/** A layout for signage: content in, scene out. */
export const defineLayout = helper("layout");
/** A schedule: when to run next. */
export const defineScheduler = helper("scheduler");
/** A way to run commands. */
export const defineExecutor = helper("executor");
/** A place results go to. */
export const defineOutput = helper("output");
/** A subcommand of the command line. */
export const defineCommand = helper("command");
/** What {@link defineService} takes beside the name. */
export interface ServiceOptions<Config, Instance = ServiceInstance> extends Omit<
  ContributionOptions<"service", Config>,
  "create"
> {
  /** Who shares an instance: all callers (`host`, the default), or each plugin that calls has one of its own (`plugin`). */
  scope?: ServiceScope;
  create(config: Config, ctx: PluginContext): Instance | Promise<Instance>;
}

/** A service that keeps a contract. */
export type ServiceOf<Contract> = Omit<ServiceInstance, "methods"> & { methods: ServiceMethods<Contract> };

interface ServiceHelper {
  <Config = Record<string, never>>(name: string, options: ServiceOptions<Config>): AnyContribution;
  <Contract, Config = Record<string, never>>(
    reference: ServiceRef<Contract>,
    options: ServiceOptions<Config, ServiceOf<Contract>>,
  ): AnyContribution;
}

/**
 * An object that other plugins and applications call. Given a reference, its methods are held to the contract by TypeScript; what
 * arrives in a call is whatever the caller sent all the same. What the operator set for the plugin is in `ctx.settings`.
 *
 * @example
 * interface Metrics {
 *   count(input: { name: string; by?: number }): number;
 * }
 * defineService(defineServiceRef<Metrics>("metrics"), {
 *   create: () => {
 *     const totals = new Map<string, number>();
 *     return {
 *       methods: {
 *         count: ({ name, by = 1 }) => {
 *           const total = (totals.get(name) ?? 0) + by;
 *           totals.set(name, total);
 *           return total;
 *         },
 *       },
 *     };
 *   },
 * });
 */
export const defineService: ServiceHelper = (wanted: string | ServiceRef<unknown>, options: object) => {
  const name = typeof wanted === "string" ? wanted : wanted.service;
  return Object.freeze({ ...options, kind: "service", name }) as unknown as AnyContribution;
};
/** A connection to a system outside. */
export const defineIntegration = helper("integration");
/** A section of the configuration. */
export const defineConfigSection = helper("config");
/** A reaction to events. */
export const defineEvent = helper("event");
/** Something around requests. */
export const defineMiddleware = helper("middleware");
/** An answer to requests. */
export const defineHandler = helper("handler");
