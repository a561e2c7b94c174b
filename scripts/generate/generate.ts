import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Generated, GeneratedFile } from "./generated-file.ts";
import { generateErrorCodes } from "./reference/error-codes-page.ts";
import { generateLifecycle } from "./reference/lifecycle-page.ts";
import { generateSdkReference } from "./reference/sdk-page.ts";
import { generateRequirements } from "./requirements/requirements-page.ts";
import { generateSchemas } from "./schemas/schema-files.ts";

/** Everything that is generated, made anew and not yet written. */
export async function generateAll(root: string): Promise<Generated> {
  const all = [
    await generateSchemas(),
    generateErrorCodes(),
    generateLifecycle(),
    generateSdkReference(root),
    generateRequirements(root),
  ];
  return { files: all.flatMap(({ files }) => files), problems: all.flatMap(({ problems }) => problems) };
}

/** Those of `files` that are not there, or differ, under `root`. */
export function findStale(root: string, files: readonly GeneratedFile[]): GeneratedFile[] {
  return files.filter(({ path, content }) => {
    try {
      return readFileSync(join(root, path), "utf8") !== content;
    } catch {
      return true;
    }
  });
}
