import * as z from "zod";
import { hostConfigSchema, pluginEntrySchema } from "../host-config.ts";
import type { PluginShape } from "./plugin-shape.ts";
import { schemaToZod } from "./schema-to-zod.ts";

/** Keys of `berth.yaml` itself, which no plugin can take for a section. */
export const HOST_KEYS: ReadonlySet<string> = new Set(Object.keys(hostConfigSchema.shape));

/** The schema of one plugin's settings. */
export function settingsSchema(shape: PluginShape): z.ZodType {
  return shape.settings === undefined ? z.strictObject({}) : schemaToZod({ type: "object", ...shape.settings });
}

/**
 * The schema of `berth.yaml` with what these plugins add: their settings and their sections. One schema, so that everything is checked,
 * placed, masked and completed in one way.
 *
 * @param isOfItsVersion whether the settings in the file have the form the plugin knows; the others can only be migrated.
 */
export function composeHostSchema(
  shapes: readonly PluginShape[],
  isOfItsVersion: (shape: PluginShape) => boolean = () => true,
): z.ZodObject {
  const entries: Record<string, z.ZodType> = {};
  const sections: Record<string, z.ZodType> = {};
  for (const shape of shapes) {
    if (isOfItsVersion(shape)) entries[shape.name] = entryOf(shape).optional();
    for (const [name, schema] of shape.sections) {
      if (HOST_KEYS.has(name) || Object.hasOwn(sections, name)) continue; // The first counts; discovery tells of the other.
      const section = schema === undefined ? z.json() : schemaToZod({ type: "object", ...schema });
      const description = `What the plugin ${shape.name} adds`;
      sections[name] = (section.description === undefined ? section.meta({ description }) : section).optional();
    }
  }
  return hostConfigSchema.extend({ plugins: pluginsOf(entries), ...sections });
}

function entryOf(shape: PluginShape): z.ZodType {
  const settings = settingsSchema(shape)
    .optional()
    .meta({ description: `Settings of the plugin ${shape.name}` });
  return pluginEntrySchema.extend({ settings }).meta({ description: `The plugin ${shape.name}` });
}

/** What the names of plugins are held to below `plugins`; {@link composeHostSchema} leaves that to its caller. */
export const pluginKeySchema = hostConfigSchema.shape.plugins.unwrap().keyType;

/** An object and no record: a record has one schema for all its values. */
function pluginsOf(entries: Record<string, z.ZodType>): z.ZodType {
  const { description = "" } = hostConfigSchema.shape.plugins.meta() ?? {};
  return z.object(entries).catchall(pluginEntrySchema).prefault({}).meta({ description });
}
