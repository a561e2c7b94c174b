import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PluginFault, SourceFault } from "../plugins/misbehaving/src/faults.ts";

export {
  CRASH_FAULTS,
  type CrashFault,
  PLUGIN_FAULTS,
  type PluginFault,
  SOURCE_FAULTS,
  type SourceFault,
} from "../plugins/misbehaving/src/faults.ts";

/** The misbehaving plugin without a fault of its own; its source misbehaves as its configuration `{ fault }` says. */
export const MISBEHAVING = fileURLToPath(new URL("../plugins/misbehaving", import.meta.url));

/** The configuration of a misbehaving source. */
export interface MisbehavingConfig {
  fault?: SourceFault;
  /** How long the fault `slow` takes, such as `200ms`. */
  slow?: string;
  /** What the fault `block-in-read` reads: a FIFO that nobody writes. */
  path?: string;
}

/** How a copy differs from {@link MISBEHAVING}. */
export interface MisbehavingOptions {
  fault?: PluginFault;
  /** Default `misbehaving`. */
  name?: string;
  /** What its source is called, where several are in one host; it provides no layouts then. Default `misbehaving`. */
  source?: string;
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
  const { fault = "none", name = "misbehaving", source, about = "", manifest = "" } = options;
  const folder = join(root, name);
  await cp(MISBEHAVING, folder, { recursive: true });
  await writeFile(
    join(folder, "src/fault.json"),
    JSON.stringify({ fault, ...(source === undefined ? {} : { source }) }),
  );
  const toml = await readFile(join(folder, "plugin.toml"), "utf8");
  const named = toml.replace('name = "misbehaving"', `name = "${name}"\n${about}`);
  const provided =
    source === undefined ? named : named.replace(/source = .*\nlayout = .*/, `source = [${JSON.stringify(source)}]`);
  await writeFile(join(folder, "plugin.toml"), `${provided}\n${manifest}`);
  return folder;
}
