import type { JsonObject } from "@berth/base";
import type { Manifest } from "@berth/contract";

/** What a plugin's manifest says of the configuration it takes; all that is needed to check it without the plugin's code. */
export interface PluginShape {
  name: string;
  /** JSON Schema of its settings; without one it takes none. */
  settings?: JsonObject;
  /** Which form they have, from 1. */
  version: number;
  /** The sections it adds to `berth.yaml`, by name; without a schema anything JSON may stand there. */
  sections: ReadonlyMap<string, JsonObject | undefined>;
}

/** The shape of what a plugin takes, from its manifest. */
export function pluginShape({ plugin, provides, config }: Manifest): PluginShape {
  const described = config.sections ?? {};
  const schemaOf = (name: string): JsonObject | undefined =>
    Object.hasOwn(described, name) ? described[name] : undefined;
  return {
    name: plugin.name,
    version: config.version ?? 1,
    sections: new Map((provides.config ?? []).map((name) => [name, schemaOf(name)])),
    ...(config.schema ? { settings: config.schema } : {}),
  };
}
