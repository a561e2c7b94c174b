import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PluginFault, SourceFault } from "../plugins/misbehaving/src/faults.ts";

export { PLUGIN_FAULTS, type PluginFault, SOURCE_FAULTS, type SourceFault } from "../plugins/misbehaving/src/faults.ts";

/** The misbehaving plugin without a fault of its own; its source misbehaves as its configuration `{ fault }` says. */
export const MISBEHAVING = fileURLToPath(new URL("../plugins/misbehaving", import.meta.url));

/** The configuration of a misbehaving source. */
export interface MisbehavingConfig {
  fault?: SourceFault;
  /** How long the fault `slow` takes, such as `200ms`. */
  slow?: string;
}

/** How a copy differs from {@link MISBEHAVING}. */
export interface MisbehavingOptions {
  fault?: PluginFault;
  /** Default `misbehaving`. */
  name?: string;
  /** Lines for the manifest's first section, such as `criticality = "required"`. */
  about?: string;
  /** Further sections of the manifest. */
  manifest?: string;
}

/**
 * Copies the misbehaving plugin into a folder of its name inside `root`, wrong as a whole in the way `fault` says. Resolves with
 * that folder.
 */
export async function writeMisbehaving(root: string, options: MisbehavingOptions = {}): Promise<string> {
  const { fault = "none", name = "misbehaving", about = "", manifest = "" } = options;
  const folder = join(root, name);
  await cp(MISBEHAVING, folder, { recursive: true });
  await writeFile(join(folder, "src/fault.json"), JSON.stringify({ fault }));
  const toml = await readFile(join(folder, "plugin.toml"), "utf8");
  const named = toml.replace('name = "misbehaving"', `name = "${name}"\n${about}`);
  await writeFile(join(folder, "plugin.toml"), `${named}\n${manifest}`);
  return folder;
}
