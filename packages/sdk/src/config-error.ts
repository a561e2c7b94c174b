import { HostError } from "@berth/contract";
import type { PluginContext } from "./context/plugin-context.ts";

/**
 * What `create` throws when a field's value cannot work in a way its schema could not tell. The message names plugin and field,
 * and the details lead the host to the line in the operator's file.
 *
 * @example
 * configError(ctx, "city", "is required: set it to a city such as Oslo").message;
 * // "weather: city is required: set it to a city such as Oslo"
 */
export function configError(
  ctx: Pick<PluginContext, "plugin" | "instanceId">,
  field: string,
  problem: string,
): HostError {
  return new HostError("CONFIG_INVALID", `${ctx.plugin.name}: ${field} ${problem}`, {
    details: { instance: ctx.instanceId, issues: [{ path: [field], message: problem }] },
  });
}
