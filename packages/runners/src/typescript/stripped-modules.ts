import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, realpathSync } from "node:fs";
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
    const source = readInside(folder, path);
    if (source === undefined) return;
    const stripped = stripper.strip(source);
    const imports = source.matchAll(IMPORTED).map(([, , to]) => posix.join(posix.dirname(path), to!));
    await Promise.all([...imports].map(visit));
    const text = await stripped;
    if (text === undefined) return;
    found.push({ url: pathToFileURL(join(seenAt, path)).href, text, isBare: !hasPackage(folder, path) });
  };
  await visit(posix.normalize(entry));
  return found;
}

/** Whether a `package.json` of the plugin's own says what kind of code the file is. */
function hasPackage(folder: string, path: string): boolean {
  for (let at = posix.dirname(path); ; at = posix.dirname(at)) {
    if (existsSync(join(folder, at, "package.json"))) return true;
    if (at === ".") return false;
  }
}

/** A link may lead out of the folder: what the plugin could not read itself it is not given either. */
function readInside(folder: string, path: string): string | undefined {
  const file = join(folder, path);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const info = fstatSync(descriptor);
    const isInside = realpathSync.native(file) === file;
    return isInside && info.isFile() && info.size <= MOST_BYTES ? readFileSync(descriptor, "utf8") : undefined;
  } catch {
    return undefined; // Whoever loads it will say what is wrong.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
