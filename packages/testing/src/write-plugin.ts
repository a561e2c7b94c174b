import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ContributionKind } from "@berth/contract";

/** A plugin that a test writes. */
export interface PluginToWrite {
  name: string;
  /** Default `1.0.0`. */
  version?: string;
  /** Of what name its folder is. Default: the plugin's; needed for several versions of one plugin. */
  folder?: string;
  /** The names it provides, by kind. */
  provides?: Partial<Record<ContributionKind, readonly string[]>>;
  /** TypeScript of `src/plugin.ts`. */
  source: string;
  /** The rest of `plugin.toml`, from `[runtime]` on; or lines of `[plugin]` before the first heading. */
  manifest?: string;
  /** Further files by their paths in the plugin's folder. */
  files?: Readonly<Record<string, string>>;
}

/**
 * Writes a plugin into a folder inside `root`, as an author would have it. Resolves with that folder.
 *
 * @example
 * const folder = await writePlugin(root, {
 *   name: "greeter",
 *   provides: { source: ["greeting"] },
 *   source: `
 *     import { definePlugin, defineSource } from "@berth/sdk";
 *     export default definePlugin({
 *       provides: [defineSource("greeting", { create: () => ({ fetch: async () => ({ title: "Hi", lines: [] }) }) })],
 *     });`,
 * });
 */
export async function writePlugin(root: string, plugin: PluginToWrite): Promise<string> {
  const folder = join(root, plugin.folder ?? plugin.name);
  const files = { "plugin.toml": manifestOf(plugin), "src/plugin.ts": plugin.source, ...plugin.files };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

function manifestOf({ name, version = "1.0.0", provides = {}, manifest = "" }: PluginToWrite): string {
  const firstHeading = manifest.search(/^\s*\[/m);
  const [about, rest] =
    firstHeading < 0 ? [manifest, ""] : [manifest.slice(0, firstHeading), manifest.slice(firstHeading)];
  const provided = Object.entries(provides).map(([kind, names]) => `${kind} = ${JSON.stringify(names)}`);
  const head = ["[plugin]", `name = ${JSON.stringify(name)}`, `version = ${JSON.stringify(version)}`, about];
  return [...head, "[provides]", ...provided, rest, ""].join("\n");
}
