import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import type { StrippedModule } from "../guest/load-stripped.ts";
import type { TypeStripper } from "./type-stripper.ts";

/** What Node.js itself takes the types out of; CommonJS is left to it. */
export const TYPESCRIPT = /(?<!\.d)\.m?ts$/;
/** What looks like an import of the plugin's own. One too many costs a look, one too few is compiled where it is loaded. */
const IMPORTED = /\b(?:from|import)\s*\(?\s*(["'])(\.{1,2}\/[^"'\n]+)\1/g;
const MOST_FILES = 200;
const MOST_BYTES = 2 ** 20;

/** Where a plugin's code is. */
export interface CodeFolder {
  /** Absolute and without links. */
  folder: string;
  /** Below it. */
  entry: string;
  /** Where the plugin sees the folder. */
  seenAt: string;
}

/** The modules in TypeScript that a plugin is about to load, without their types; never rejects. */
export async function strippedModules(
  { folder, entry, seenAt }: CodeFolder,
  stripper: TypeStripper,
): Promise<StrippedModule[]> {
  if (!TYPESCRIPT.test(entry)) return [];
  const seen = new Set<string>();
  const found: StrippedModule[] = [];
  const visit = async (path: string): Promise<void> => {
    if (seen.has(path) || seen.size >= MOST_FILES || !TYPESCRIPT.test(path) || path.startsWith("../")) return;
    seen.add(path);
    const source = await readInside(folder, path);
    if (source === undefined) return;
    const stripped = stripper.strip(source);
    const imports = source.matchAll(IMPORTED).map(([, , to]) => posix.join(posix.dirname(path), to!));
    await Promise.all([...imports].map(visit));
    const text = await stripped;
    if (text !== undefined) found.push({ url: pathToFileURL(join(seenAt, path)).href, text });
  };
  await visit(posix.normalize(entry));
  return found;
}

/** A link may lead out of the folder: what the plugin could not read itself it is not given either. */
async function readInside(folder: string, path: string): Promise<string | undefined> {
  const file = join(folder, path);
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const [real, info] = await Promise.all([realpath(file), handle.stat()]);
    return real === file && info.isFile() && info.size <= MOST_BYTES ? await handle.readFile("utf8") : undefined;
  } catch {
    return undefined; // Whoever loads it will say what is wrong.
  }
}
