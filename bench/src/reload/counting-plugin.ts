import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A plugin whose state is how often it was called. */
const NAME = "counting";

/** Writes the plugin as a folder in `root`; `label` is what its answers begin with, so that each version is another. */
export async function writeCounting(root: string, label: string): Promise<string> {
  const folder = join(root, NAME);
  await mkdir(join(folder, "src"), { recursive: true });
  await writeFile(join(folder, "plugin.toml"), MANIFEST);
  await saveCounting(root, label);
  return folder;
}

/**
 * Saves another version of the code, as an editor does: whole, in one step.
 *
 * @param first a statement that each call begins with.
 */
export async function saveCounting(root: string, label: string, first = ""): Promise<void> {
  const file = join(root, NAME, "src/plugin.js");
  await writeFile(`${file}.tmp`, sourceOf(label, first));
  await rename(`${file}.tmp`, file);
}

const MANIFEST = `
[plugin]
name = "${NAME}"
version = "1.0.0"

[provides]
source = ["count"]

[runtime]
entry = "src/plugin.js"

[limits]
cpu_percent = 6400
`;

function sourceOf(label: string, first: string): string {
  return `
import { definePlugin, defineSource } from "@berth/sdk";
const label = ${JSON.stringify(label)};
let count = 0;
export default definePlugin({
  provides: [
    defineSource("count", {
      create: () => ({
        fetch: async () => {
          ${first}
          return { title: label, lines: [String(++count)] };
        },
      }),
    }),
  ],
  saveState: () => ({ count }),
  restoreState: (state) => {
    count = state.count;
  },
});
`;
}
