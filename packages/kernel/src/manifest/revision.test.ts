import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manifestSchema } from "@berth/contract/manifest";
import * as z from "zod";
import { MANIFEST_REVISION } from "./revision.ts";

test("MANIFEST_REVISION is that of the rules, so that no cached reading outlives them", () => {
  const hash = createHash("sha256").update(JSON.stringify(z.toJSONSchema(manifestSchema, { io: "input" })));
  const isRule = (name: string): boolean => !name.includes(".test.") && name !== "revision.ts" && name !== "index.ts";
  for (const name of readdirSync(import.meta.dirname)
    .filter(isRule)
    .toSorted()) {
    hash.update(readFileSync(join(import.meta.dirname, name)));
  }
  const revision = hash.digest("hex").slice(0, 12);
  expect(MANIFEST_REVISION, `the rules changed: put "${revision}" into revision.ts`).toBe(revision);
});
