import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { OperatorGrant } from "@berth/kernel/permissions";
import type { AskDifference } from "./difference.ts";
import type { StoredGrant } from "./stored-grant.ts";

/** A plugin as far as its grant depends on it. */
export type GrantedPlugin = Pick<DiscoveredPlugin, "name" | "version" | "trust" | "manifest">;

/** Where the word about one plugin comes from, and what it is. */
export type GrantDecision =
  /** `berth.yaml` says it. */
  | { source: "config"; allowed: "asked" | OperatorGrant }
  /** It comes with Berth and nobody said otherwise. */
  | { source: "first-party"; allowed: "asked" }
  /** It was granted by command. */
  | { source: "stored"; allowed: OperatorGrant; stored: StoredGrant; difference: AskDifference }
  /** It was granted by command, and is held: it asks for more since, or what is stored cannot be read. */
  | { source: "held"; stored: StoredGrant | undefined; difference: AskDifference | undefined }
  /** Nobody said a word: it may run, and may nothing. */
  | { source: "none"; allowed: OperatorGrant };
