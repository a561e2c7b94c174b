import type { Manifest, Problem } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import type { Finding } from "../config/describe-issue.ts";
import type { ProblemDescriber, Unsound } from "./describe-problems.ts";
import type { Document } from "./document.ts";
import { parseDocument } from "./parse-document.ts";
import { translateRepeaterForm } from "./repeater-form.ts";
import { RULES } from "./rules.ts";
import { describedSchemas } from "./described-schemas.ts";
import { checkVersionRanges, type ValidRange, versionRanges } from "./version-ranges.ts";

/** A manifest fit for use, with sentences on what of it was translated; or everything that is wrong with it. */
export type ManifestReading = { manifest: Manifest; upgraded?: readonly string[] } | { problems: Problem[] };

/**
 * Reads the text of a `plugin.toml`. `file` is only named in problems. Never throws for what is in the text.
 *
 * Importing this module loads zod and smol-toml; who may not need them imports it lazily.
 */
export function readManifest(content: string | Uint8Array, file: string): Promise<ManifestReading> {
  return new ManifestReader().read(content, file);
}

/** Reads many manifests; what only some need, `semver` and the describing of problems, is loaded once, at the first of them. */
export class ManifestReader {
  #validRange: ValidRange | undefined;
  #describer: Promise<ProblemDescriber> | undefined;

  /** `content` may be reused once this has returned its promise. */
  read(content: string | Uint8Array, file: string): Promise<ManifestReading> {
    const parsed = parseDocument(content, file);
    if ("problem" in parsed) return Promise.resolve({ problems: [parsed.problem] });
    const { text, document, finding } = parsed;
    if (finding !== undefined) return this.#describe({ file, text, document, issues: [], findings: [finding] });
    return this.#check(text, document, file);
  }

  async #check(text: string, document: Document, file: string): Promise<ManifestReading> {
    const checked = manifestSchema.safeParse(document);
    const findings: Finding[] = [];
    for (const rule of RULES) rule(document, (finding) => findings.push(finding));
    const ranges = versionRanges(document);
    if (ranges.length > 0) findings.push(...checkVersionRanges(ranges, await this.#semver()));
    const schemas = describedSchemas(document);
    if (schemas.length > 0) {
      const { checkDescribedSchemas } = await import("./check-described-schemas.ts");
      findings.push(...checkDescribedSchemas(schemas));
    }
    if (!checked.success || findings.length > 0) {
      return this.#describe({ file, text, document, issues: checked.error?.issues ?? [], findings });
    }
    const upgraded = translateRepeaterForm(checked.data);
    return upgraded.length === 0 ? { manifest: checked.data } : { manifest: checked.data, upgraded };
  }

  async #describe(unsound: Unsound): Promise<ManifestReading> {
    this.#describer ??= import("./describe-problems.ts").then(({ ProblemDescriber }) => new ProblemDescriber());
    return { problems: await (await this.#describer).describe(unsound) };
  }

  async #semver(): Promise<ValidRange> {
    this.#validRange ??= (await import("semver/ranges/valid.js")).default;
    return this.#validRange;
  }
}
