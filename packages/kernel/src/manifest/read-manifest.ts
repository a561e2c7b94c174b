import type { Manifest, Problem } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import type { Document } from "./document.ts";
import { parseDocument } from "./parse-document.ts";
import { normaliseRepeaterForm } from "./repeater-form.ts";
import { RULES } from "./rules.ts";
import { checkVersionRanges } from "./version-ranges.ts";

/** A manifest fit for use, with sentences on what of it was translated; or everything that is wrong with it. */
export type ManifestReading = { manifest: Manifest; upgraded?: readonly string[] } | { problems: Problem[] };

/**
 * Reads the text of a `plugin.toml`. `file` is only named in problems. Never throws for what is in the text.
 *
 * Importing this module loads zod; who may not need it imports it lazily.
 */
export async function readManifest(content: string | Uint8Array, file: string): Promise<ManifestReading> {
  const parsed = await parseDocument(content, file);
  return "problems" in parsed ? parsed : checkDocument(parsed.text, parsed.document, file);
}

async function checkDocument(text: string, document: Document, file: string): Promise<ManifestReading> {
  const checked = manifestSchema.safeParse(document);
  const findings = await checkVersionRanges(document);
  for (const rule of RULES) findings.push(...rule(document));
  if (checked.success && findings.length === 0) {
    const { manifest, notes } = normaliseRepeaterForm(checked.data);
    return notes.length === 0 ? { manifest } : { manifest, upgraded: notes };
  }
  const { describeIssues } = await import("./describe-issues.ts");
  const { describeProblems } = await import("./describe-problems.ts");
  const issues = checked.success ? [] : describeIssues(checked.error.issues, document);
  return { problems: await describeProblems(text, file, [...issues, ...findings]) };
}
