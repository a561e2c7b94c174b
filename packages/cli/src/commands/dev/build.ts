import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { writeFileAtomically } from "@berth/base";
import { HostError, type Manifest } from "@berth/contract";
import { buildComponent } from "@berth/runners/wasm-build";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { loadComponent } from "./load-component.ts";
import { readPluginManifest } from "./read-plugin-manifest.ts";

/** Options of `berth dev build`. */
export interface BuildFlags {
  target: "wasm";
  json?: boolean;
}

/** Where a component is written when the manifest does not say. */
const DEFAULT_OUTPUT = "dist/plugin.wasm";
/** Where the source of a plugin is looked for whose manifest knows only the component. */
const DEFAULT_SOURCE = "src/plugin.ts";

/** `berth dev build --target wasm [FOLDER]`. */
export async function buildPlugin(context: CommandContext, given: string, flags: BuildFlags): Promise<number> {
  const startedMs = context.clock.monotonicMs();
  const folder = resolve(context.cwd, given);
  const manifest = await readPluginManifest(folder);
  const { source, output } = placesOf(manifest, folder);
  const { bytes, imports } = await buildComponent({
    entry: join(folder, source),
    permissions: manifest.permissions,
  });
  const file = join(folder, output);
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomically(file, bytes);
  const contributions = await loadComponent(folder, output, manifest);
  const durationMs = Math.round(context.clock.monotonicMs() - startedMs);
  if (flags.json) {
    const plugin = manifest.plugin.name;
    const json = { version: 1, plugin, file, bytes: bytes.length, imports, contributions, durationMs };
    context.out.write(`${JSON.stringify(json)}\n`);
  } else {
    const size = (bytes.length / 2 ** 20).toFixed(1);
    context.out.write(`Built ${join(given, output)}: ${size} MiB in ${(durationMs / 1_000).toFixed(1)} s\n`);
    context.out.write(`It provides ${contributions.join(", ")}\n`);
    context.out.write(`It imports ${imports.join(", ")}\n`);
    if (manifest.runtime.type === "node" && manifest.runtime.wasm === undefined) {
      context.out.write(`To run it in tier wasm, put into [runtime] of plugin.toml: wasm = "${output}"\n`);
    }
  }
  return EXIT.ok;
}

/** From what file to what file, both in the plugin's folder. */
function placesOf({ plugin, runtime }: Manifest, folder: string): { source: string; output: string } {
  if (runtime.type === "external") {
    throw new HostError(
      "CONFIG_INVALID",
      `Cannot build "${plugin.name}": its code is of type external; only TypeScript and JavaScript are built into a component`,
    );
  }
  const places =
    runtime.type === "wasm"
      ? { source: DEFAULT_SOURCE, output: runtime.entry }
      : { source: runtime.entry, output: runtime.wasm ?? DEFAULT_OUTPUT };
  if (existsSync(join(folder, places.source))) return places;
  throw new HostError(
    "CONFIG_NOT_FOUND",
    `Cannot build "${plugin.name}": there is no ${places.source} in ${folder}; name the plugin's module in runtime.entry`,
  );
}
