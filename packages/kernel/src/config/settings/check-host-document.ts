import type { JsonObject, JsonValue } from "@berth/base";
import type { Problem } from "@berth/contract";
import type { ZodType } from "zod";
import { type Checked, checkDocument } from "../check-document.ts";
import type { ConfigDocument } from "../config-document.ts";
import { type HostConfig, hostConfigSchema } from "../host-config.ts";
import { sortProblems } from "../sort-problems.ts";
import { composeHostSchema, HOST_KEYS, pluginKeySchema } from "./compose-schema.ts";
import type { PluginShape } from "./plugin-shape.ts";

/** A host's configuration, with what plugins added to it. */
export interface ComposedConfig {
  config: HostConfig;
  /** Sections that plugins added, by name. */
  sections: Readonly<Record<string, JsonValue>>;
}

/** Checks a document as `berth.yaml` of a host with these plugins. Importing this module loads zod. */
export async function checkHostDocument(
  document: ConfigDocument,
  shapes: readonly PluginShape[],
): Promise<Checked<ComposedConfig>> {
  const entries = tableOf(tableOf(document.value)["plugins"]);
  const isOfItsVersion = ({ name, version }: PluginShape): boolean => versionOf(tableOf(entries[name])) === version;
  const schema: ZodType = composeHostSchema(shapes, isOfItsVersion);
  const checked = await checkDocument(schema, document);
  const problems = [...checked.problems, ...(await badNames(document, Object.keys(entries)))];
  if (checked.value === undefined || problems.length > 0) return { value: undefined, problems: sortProblems(problems) };
  return { value: split(checked.value as JsonObject), problems: [] };
}

/** Which form the settings of an entry have: what is said, else the first. */
export function versionOf({ settings_version: version }: JsonObject): number {
  return typeof version === "number" ? version : 1;
}

/** What the document says of where plugins and data are, when that much of it can be used. */
export function placesIn(document: ConfigDocument): Pick<HostConfig, "roots" | "data_dir"> | undefined {
  const { roots, data_dir: dataDir } = tableOf(document.value);
  const schema = hostConfigSchema.pick({ roots: true, data_dir: true });
  return schema.safeParse({ roots, data_dir: dataDir }).data;
}

function split(value: JsonObject): ComposedConfig {
  const config: JsonObject = {};
  const sections: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  for (const [key, part] of Object.entries(value)) {
    if (HOST_KEYS.has(key)) config[key] = part;
    else sections[key] = part;
  }
  return { config: config as unknown as HostConfig, sections };
}

async function badNames(document: ConfigDocument, names: readonly string[]): Promise<Problem[]> {
  const bad = names.flatMap((name) => {
    const issue = pluginKeySchema.safeParse(name).error?.issues[0];
    return issue ? [{ name, message: issue.message }] : [];
  });
  return Promise.all(
    bad.map(({ name, message }) => document.problemAt(["plugins", name], `the key ${message}`, "key")),
  );
}

export const tableOf = (value: JsonValue | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
