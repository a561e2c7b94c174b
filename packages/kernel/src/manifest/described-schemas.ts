import { type Document, isTable, tableOf } from "./document.ts";

/** A JSON Schema in a manifest, and where it stands. */
export interface DescribedSchema {
  path: readonly string[];
  schema: Readonly<Record<string, unknown>>;
}

/** The schemas that a manifest describes configuration by; most have none. */
export function describedSchemas(document: Document): DescribedSchema[] {
  const config = document["config"];
  if (!isTable(config)) return [];
  const found: DescribedSchema[] = [];
  if (isTable(config["schema"])) found.push({ path: ["config", "schema"], schema: config["schema"] });
  for (const [name, schema] of Object.entries(tableOf(config["sections"]))) {
    if (isTable(schema)) found.push({ path: ["config", "sections", name], schema });
  }
  return found;
}
