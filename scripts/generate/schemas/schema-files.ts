import { basename } from "node:path";
import type { Generated } from "../generated-file.ts";
import { DESCRIBED_FILES } from "./schema-list.ts";
import { schemaPage } from "./schema-page.ts";

/** The JSON Schemas for editors, and a reference page made of each. */
export async function generateSchemas(): Promise<Generated> {
  const files = await Promise.all(
    DESCRIBED_FILES.map(async (file) => {
      const schema = await file.load(basename(file.schemaPath));
      return [
        { path: file.schemaPath, content: `${JSON.stringify(schema, undefined, 2)}\n` },
        { path: file.pagePath, content: schemaPage(file, schema) },
      ];
    }),
  );
  return { files: files.flat(), problems: [] };
}
