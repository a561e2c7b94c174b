import type { JsonObject } from "@berth/base";
import { type ConfigIssue, HostError, type Manifest } from "@berth/contract";
import { formatPath } from "../config-path.ts";
import { describeIssues, toLookup } from "../describe-issues.ts";
import type { HostConfig } from "../host-config.ts";
import { settingsSchema } from "./compose-schema.ts";
import { type PluginShape, pluginShape } from "./plugin-shape.ts";
import { withoutPrototypes } from "./without-prototypes.ts";

type Entry = HostConfig["plugins"][string];

/** What came of checking one plugin's settings: as the plugin gets them, defaults filled in, or what is wrong. */
export type CheckedSettings = { settings: JsonObject } | { issues: ConfigIssue[] };

/** Checks settings by the schema of a manifest, without the plugin's code. Importing this module loads zod. */
export async function checkSettings(shape: PluginShape, settings: JsonObject): Promise<CheckedSettings> {
  const schema = settingsSchema(shape);
  const result = schema.safeParse(withoutPrototypes(settings));
  if (result.success) return { settings: result.data as JsonObject };
  const findings = describeIssues(result.error.issues, { schema: await toLookup(schema), value: settings });
  return { issues: findings.map(({ path, message }) => ({ path: [...path], message })) };
}

/**
 * The settings that a plugin is started with.
 *
 * @throws HostError `CONFIG_INVALID` when they are of another version than the plugin's, or it does not take them.
 */
export async function settingsFor(manifest: Manifest, entry: Entry | undefined): Promise<JsonObject> {
  const shape = pluginShape(manifest);
  const mismatch = versionMismatch(shape, entry);
  if (mismatch !== undefined) throw new HostError("CONFIG_INVALID", `Cannot start plugin "${shape.name}": ${mismatch}`);
  const checked = await checkSettings(shape, entry?.settings ?? {});
  if ("settings" in checked) return checked.settings;
  const place = ["plugins", shape.name, "settings"];
  const lines = checked.issues.map(({ path, message }) => `${formatPath([...place, ...path])} ${message}`);
  throw new HostError("CONFIG_INVALID", `Cannot start plugin "${shape.name}": ${lines.join("; ")}`, {
    details: { plugin: shape.name, issues: checked.issues.map(({ path, message }) => ({ path: [...path], message })) },
  });
}

/** Why the settings of an entry cannot be what the plugin knows, and what to do; nothing when they are of its version. */
export function versionMismatch({ name, version }: PluginShape, entry: Entry | undefined): string | undefined {
  const { settings, settings_version: given = 1 } = entry ?? {};
  if (given === version || settings === undefined) return undefined;
  return `its settings are of version ${given}, it takes version ${version}; see \`berth config migrate ${name} --dry-run\``;
}
