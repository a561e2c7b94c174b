import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writePlugin } from "@berth/testing";

const PACKAGES = ["undici", "@slack/web-api", "pg"];
const ROOT = join(import.meta.dirname, "../../../../node_modules");
/** Asked for by packages that only need their types. */
const TYPES = /^@types\/|^undici-types$/;

/** Writes the plugin of these tests with copies of the packages it uses, as they come from npm; resolves with its folder. */
export async function writeClientsPlugin(folder: string): Promise<string> {
  const plugin = await writePlugin(folder, {
    name: "npm-clients",
    provides: { service: ["clients"] },
    source: "",
    manifest: '[runtime]\nentry = "src/plugin.mjs"\n[permissions]\nnetwork = true',
    files: { "src/plugin.mjs": await readFile(join(import.meta.dirname, "plugin/plugin.mjs"), "utf8") },
  });
  for (const path of await closureOf(PACKAGES)) {
    await cp(join(ROOT, path), join(plugin, "node_modules", path), {
      recursive: true,
      dereference: true,
      filter: (from) => !from.slice(ROOT.length + path.length + 1).includes("node_modules"),
    });
  }
  await mkdir(join(plugin, "src"), { recursive: true });
  return plugin;
}

/** The folders below `node_modules` of packages and of all they depend on. */
async function closureOf(names: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const visit = async (name: string, from: string): Promise<void> => {
    if (TYPES.test(name)) return;
    const nested = from === "" ? undefined : `${from}/node_modules/${name}`;
    const path = nested !== undefined && (await isThere(nested)) ? nested : name;
    if (found.has(path)) return;
    found.add(path);
    const { dependencies = {} } = JSON.parse(await readFile(join(ROOT, path, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    for (const dependency of Object.keys(dependencies)) await visit(dependency, path);
  };
  for (const name of names) await visit(name, "");
  return found;
}

async function isThere(path: string): Promise<boolean> {
  return await stat(join(ROOT, path)).then(
    () => true,
    () => false,
  );
}
