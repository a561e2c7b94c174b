import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A plugin whose state is how often it was called. */
const NAME = "counting";

/** How its code is written: in a few lines of JavaScript, or as authors do, in some 11 or 45 kB of TypeScript. */
export type Writing = "short" | "typed" | "long";

/** What a module of either kind holds besides its answer. */
const BODY: Readonly<Record<Writing, string>> = {
  short: "",
  typed: typedFunctions(55),
  long: typedFunctions(220),
};

const ENTRY: Readonly<Record<Writing, string>> = {
  short: "src/plugin.js",
  typed: "src/plugin.ts",
  long: "src/plugin.ts",
};

/** Where its code is, below the folder that holds it. */
export function entryOf(writing: Writing): string {
  return `${NAME}/${ENTRY[writing]}`;
}

/** Writes the plugin as a folder in `root`; `label` is what its answers begin with, so that each version is another. */
export async function writeCounting(root: string, label: string, writing: Writing = "short"): Promise<void> {
  const folder = join(root, NAME);
  await mkdir(join(folder, "src"), { recursive: true });
  await writeFile(join(folder, "plugin.toml"), MANIFEST.replace("ENTRY", ENTRY[writing]));
  await saveCounting(root, label, { writing });
}

/**
 * Saves another version of the code.
 *
 * @param how.first a statement that each call begins with.
 * @param how.isInPlace whether the file is written as it lies there, as some editors do; else it is put in its place when it is whole.
 */
export async function saveCounting(
  root: string,
  label: string,
  { first = "", writing = "short", isInPlace = false }: { first?: string; writing?: Writing; isInPlace?: boolean } = {},
): Promise<void> {
  const file = join(root, entryOf(writing));
  const text = BODY[writing] + sourceOf(label, first);
  if (isInPlace) return writeFile(file, text);
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
}

const MANIFEST = `
[plugin]
name = "${NAME}"
version = "1.0.0"

[provides]
source = ["count"]

[runtime]
entry = "ENTRY"

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
  restoreState: ({ count: before }) => {
    count = before;
  },
});
`;
}

function typedFunctions(count: number): string {
  return Array.from(
    { length: count },
    (_, nth) => `export function list${nth}(length: number, word: string): { length: number; text: string } {
  const words: string[] = [];
  for (let at = 0; at < length; at++) words.push(word + String(at));
  return { length: words.length, text: words.join(",") };
}
`,
  ).join("");
}
