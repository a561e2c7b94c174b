import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Componentize from "componentize-qjs";
import { errorMessage } from "@berth/base";
import { HostError, type Permissions } from "@berth/contract";
import { interfacesAsked, permissionOf, WORLD } from "../world/interfaces.ts";
import { bundlePlugin } from "./bundle-plugin.ts";

/** What is built. */
export interface ComponentSource {
  /** Absolute path of the plugin's module. */
  entry: string;
  /** What its manifest asks for: the component imports that and nothing else. */
  permissions: Permissions;
}

/** A component, and what of the world it imports. */
export interface BuiltComponent {
  bytes: Uint8Array;
  /** Names of interfaces, such as `berth:plugin/fetch@1.0.0`. */
  imports: readonly string[];
}

/** What the plugin's voice needs in any case. */
const OWN_IMPORTS = ["host", "clock", "random"];

/** Makes a WebAssembly component of a TypeScript plugin. Its modules run once while it is built, up to where they wait. */
export async function buildComponent({ entry, permissions }: ComponentSource): Promise<BuiltComponent> {
  const jsSource = await bundlePlugin(entry);
  const asked = interfacesAsked(permissions).filter((name) => permissionOf(name) !== undefined);
  const names = [...OWN_IMPORTS, ...asked];
  const folder = await mkdtemp(join(tmpdir(), "berth-wasm-"));
  try {
    const witPath = join(folder, "berth-plugin.wit");
    await writeFile(witPath, await worldOf(names));
    const bytes = await componentize({ witPath, world: "built", jsSource });
    return { bytes, imports: names.map((name) => `${WORLD.name}/${name}@${WORLD.version}`) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The published world, and in it one with these imports. */
async function worldOf(names: readonly string[]): Promise<string> {
  const wit = await readFile(fileURLToPath(import.meta.resolve("@berth/contract/berth-plugin.wit")), "utf8");
  const imports = names.map((name) => `    import ${name};\n`).join("");
  return `${wit}\nworld built {\n${imports}    export conversation;\n}\n`;
}

async function componentize(what: { witPath: string; world: string; jsSource: string }): Promise<Uint8Array> {
  const { componentize: build } = await importComponentize();
  try {
    const { component } = await build({ ...what, stubWasi: true, sync: true });
    return component;
  } catch (cause) {
    throw new HostError("PLUGIN_FAILED", `Cannot make a component: ${errorMessage(cause)}`, { cause });
  }
}

async function importComponentize(): Promise<typeof Componentize> {
  try {
    return await import("componentize-qjs");
  } catch (cause) {
    throw new HostError(
      "PLUGIN_INCOMPATIBLE",
      "Cannot build the plugin: componentize-qjs, which makes a component of it, is not there for this machine",
      { cause },
    );
  }
}
