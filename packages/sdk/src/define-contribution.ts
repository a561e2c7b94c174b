import type { ContributionInstances, ContributionKind } from "@berth/contract";
import type { PluginContext } from "./context/plugin-context.ts";
import type { AnyContribution } from "./define-plugin.ts";
import type { ConfigSchema } from "./fields/fields.ts";

/** What the helpers below take beside the name. */
export interface ContributionOptions<Kind extends ContributionKind, Config> {
  description?: string;
  /** From {@link fields}, zod 4, or any Standard Schema. Without one, no configuration is allowed. */
  config?: ConfigSchema<Config>;
  /** Permissions demanded of whoever calls any method of its instances: dotted words such as `deployment.execute`. */
  requires?: readonly string[];
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
/** An object other plugins call. */
export const defineService = helper("service");
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
