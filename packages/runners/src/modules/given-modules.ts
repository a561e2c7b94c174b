import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import type { ModuleText } from "@berth/kernel/runner";
import type { GivenModule } from "../guest/load-given.ts";
import { PackageTypes } from "./package-types.ts";
import { readInside } from "./read-inside.ts";
import type { TypeStripper } from "./type-stripper.ts";

/** What Node.js itself takes the types out of; CommonJS is left to it. */
const TYPESCRIPT = /(?<!\.d)\.m?ts$/;
const JAVASCRIPT = /\.m?js$/;
/** What looks like an import of the plugin's own. One too many costs a look, one too few is compiled where it is loaded. */
const IMPORTED = /\b(?:from|import)\s*\(?\s*(["'])(\.{1,2}\/[^"'\n]+)\1/g;
const TRIVIA = /(?:\s+|\/\/.*|\/\*[^]*?\*\/)*/y;
/** What no script begins with. */
const OF_MODULES = /import\s*["'{*]|import\s+[\w$]|export\s*[{*]|export\s+\w/y;
const MOST_FILES = 200;
const MOST_BYTES = 2 ** 20;
/** Larger ones in JavaScript take as long to hand on as the guest takes to find them. */
const MOST_BYTES_AS_IT_IS = 2 ** 16;

/** Where a plugin's code is. */
export interface CodeFolder {
  /** Absolute and without links. */
  folder: string;
  /** Below it. */
  entry: string;
  /** Where the plugin sees the folder. */
  seenAt: string;
}

/**
 * The entry that a plugin is about to load, and its modules in TypeScript, without their types; never rejects.
 *
 * @param known the same, where they need not be read.
 */
export async function givenModules(
  code: CodeFolder,
  stripper: TypeStripper,
  known: Promise<readonly ModuleText[] | undefined> | undefined,
): Promise<GivenModule[]> {
  const { folder, seenAt } = code;
  // Node.js takes the types out of no module there.
  if (seenAt.includes("/node_modules/")) return [];
  const types = new PackageTypes(folder);
  const place = (path: string, text: string, isKnown: boolean): GivenModule => {
    const isModule = isModuleOf(types, path, text, isKnown);
    return { url: pathToFileURL(join(seenAt, path)).href, text, isModule };
  };
  const texts = await known;
  if (texts) return texts.map(({ path, text }) => place(path, text, true));
  const read = await readModules(code, stripper);
  return read.map(({ path, text }) => place(path, text, false));
}

async function readModules({ folder, entry }: CodeFolder, stripper: TypeStripper): Promise<ModuleText[]> {
  const path = posix.normalize(entry);
  if (JAVASCRIPT.test(path)) {
    const text = readInside(folder, path, MOST_BYTES_AS_IT_IS);
    return text === undefined ? [] : [{ path, text }];
  }
  const seen = new Set<string>();
  const found: ModuleText[] = [];
  const visit = async (path: string): Promise<void> => {
    if (seen.has(path) || seen.size >= MOST_FILES || !TYPESCRIPT.test(path) || path.startsWith("../")) return;
    seen.add(path);
    const source = readInside(folder, path, MOST_BYTES);
    if (source === undefined) return;
    const stripped = stripper.strip(source);
    const imports = source.matchAll(IMPORTED).map(([, , to]) => posix.join(posix.dirname(path), to!));
    await Promise.all([...imports].map(visit));
    const text = await stripped;
    if (text !== undefined) found.push({ path, text });
  };
  await visit(path);
  return found;
}

/** @param isKnown whether it was parsed, and is one by what stands in it. */
function isModuleOf(types: PackageTypes, path: string, text: string, isKnown: boolean): boolean {
  if (/\.m[jt]s$/.test(path)) return true;
  const type = types.of(path);
  if (type === "none") return isKnown || beginsAsModule(text);
  return type === "module";
}

/** Node.js asks its parser, which takes as long as loading. */
function beginsAsModule(text: string): boolean {
  TRIVIA.lastIndex = 0;
  TRIVIA.test(text);
  OF_MODULES.lastIndex = TRIVIA.lastIndex;
  return OF_MODULES.test(text);
}
