import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Root } from "@berth/kernel/discovery";

/**
 * Where the plugins that come with Berth are. Only these are trusted without a word of the operator, so the place is told from
 * where this very code lies: the repository's `plugins` folder in a checkout, the scope `@berth` when it was installed.
 */
export function firstPartyRoot(): Root {
  // packages/host/src from source, packages/cli/dist when bundled; @berth in place of packages when installed.
  const siblings = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
  const path = basename(siblings) === "@berth" ? siblings : join(siblings, "..", "plugins");
  return { kind: "folder", path, trust: "first-party", optional: true };
}
