import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manifestSchema } from "@berth/contract/manifest";
import * as z from "zod";
import { MANIFEST_REVISION } from "./revision.ts";

/** What is imported for its types alone is no rule. */
const IMPORT = /^(?!import type ).*(?:from |import\()"(\.[^"]+)"/gm;

test("MANIFEST_REVISION is that of the rules, so that no cached reading outlives them", () => {
  const hash = createHash("sha256").update(JSON.stringify(z.toJSONSchema(manifestSchema, { io: "input" })));
  const sources = sourcesOf(join(import.meta.dirname, "read-manifest.ts"));
  for (const file of [...sources].toSorted()) hash.update(readFileSync(file));
  const revision = hash.digest("hex").slice(0, 12);
  expect([...sources].some((file) => file.endsWith("describe-issue.ts"))).toBe(true);
  expect(MANIFEST_REVISION, `the rules changed: put "${revision}" into revision.ts`).toBe(revision);
});

/** The file and all that it imports from this package: what says how a problem is worded is a rule too. */
function sourcesOf(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known;
  known.add(file);
  for (const [, specifier] of readFileSync(file, "utf8").matchAll(IMPORT)) {
    sourcesOf(join(file, "..", specifier!), known);
  }
  return known;
}
