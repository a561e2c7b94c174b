import type { JsonObject } from "@berth/base";
import type { Manifest } from "@berth/contract";
import type { ModuleText, Runner } from "../runner.ts";
import type { PreparedRun } from "./prepared-run.ts";

/** One version of a plugin's code, and how it is run; a reload brings another. */
export interface PluginCode {
  manifest: Manifest;
  /** Where the plugin lies, absolute; a generation may be run from a copy of it. */
  folder: string;
  runner: Runner;
  /** Called when the code is loaded, so that a plugin nobody uses costs nothing. */
  prepare(signal: AbortSignal): Promise<PreparedRun>;
  /** Its modules as they were found by the check that came just before, see `OpenRequest`. Told once: nobody keeps them. */
  modules?(): Promise<readonly ModuleText[] | undefined> | undefined;
  /** Settles when it was checked: nothing of it runs before, and nothing at all when this rejects. Absent: it may run at once. */
  cleared?: Promise<void>;
  /** What the operator set, checked by the manifest's schema, defaults filled in; asked each time the code is loaded. Absent: nothing. */
  settings?(): Promise<JsonObject>;
}

/** `kind/name` of everything a manifest promises. */
export function providedBy({ provides }: Pick<Manifest, "provides">): string[] {
  return Object.entries(provides).flatMap(([kind, names]) => (names ?? []).map((name) => `${kind}/${name}`));
}
