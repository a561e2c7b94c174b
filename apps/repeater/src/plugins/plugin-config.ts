import type { JsonObject, JsonValue } from "@berth/base";
import type { Settings } from "../config/settings.ts";
import type { FlagSpec, FlagValue } from "../flags/flag.ts";

/**
 * The configuration of a contribution: `[plugins.NAME]` of the file, by the contribution's name over the plugin's, and over both what
 * flags, the environment and the mode's own section say.
 */
export function pluginConfig(settings: Settings, names: readonly string[], flags: readonly FlagSpec[]): JsonObject {
  const config: JsonObject = {};
  for (const name of names) {
    for (const [key, value] of settings.plugins.get(name) ?? []) config[key] = value as JsonValue;
  }
  for (const flag of flags) {
    const said = settings.get(flag.name);
    // Its default is for the plugin to know.
    if (said && !said.isDefault && flag.setting !== undefined) config[flag.setting] = asWritten(flag, said.value);
  }
  return config;
}

/** As an operator would write it in a file. */
function asWritten({ kind }: FlagSpec, value: FlagValue): JsonValue {
  if (kind === "duration") return `${(value as number).toFixed(6).replace(/\.?0+$/, "")}ms`;
  return value as JsonValue;
}
