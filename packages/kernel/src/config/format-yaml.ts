import type { JsonValue } from "@berth/base";

/** Writes YAML in block style, keys in their order, long text unbroken; {@link readDocument} reads the same value back. */
export async function formatYaml(value: JsonValue): Promise<string> {
  const { stringify } = await import("./write-yaml.ts");
  return stringify(value, { lineWidth: 0, version: "1.2", schema: "core", aliasDuplicateObjects: false });
}
