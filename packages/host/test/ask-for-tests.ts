import type { Manifest } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import { type Ask, askOf } from "../src/grants/ask.ts";

/** The folder that relative paths in the manifests of these tests start from. */
export const WORKING_FOLDER = "/work/site";

/** The manifest of a plugin `stock` that asks for this. */
export function manifestOf(permissions: object = {}, limits: object = {}, version = "1.0.0"): Manifest {
  return manifestSchema.parse({
    plugin: { name: "stock", version },
    provides: { source: ["stock"] },
    permissions,
    limits,
  });
}

export function ask(permissions: object = {}, limits: object = {}): Ask {
  return askOf(manifestOf(permissions, limits), { workingFolder: WORKING_FOLDER });
}
