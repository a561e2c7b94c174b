import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readManifest } from "@berth/kernel/manifest";
import { buildComponent } from "@berth/runners/wasm-build";

/** The plugin of a folder as a WebAssembly component, in a folder that `owner` removes. */
export async function asComponent(source: string, owner: AsyncDisposableStack): Promise<string> {
  const folder = owner.use(await mkdtempDisposable(join(tmpdir(), "berth-conformance-"))).path;
  const toml = await readFile(join(source, "plugin.toml"), "utf8");
  const reading = await readManifest(toml, "plugin.toml");
  if (!("manifest" in reading)) throw new Error(`the manifest of ${source} is not sound`);
  const { bytes } = await buildComponent({
    entry: join(source, "src/plugin.ts"),
    permissions: reading.manifest.permissions,
  });
  await writeFile(join(folder, "plugin.wasm"), bytes);
  await writeFile(join(folder, "plugin.toml"), `${toml}\n[runtime]\ntype = "wasm"\nentry = "plugin.wasm"\n`);
  return folder;
}
