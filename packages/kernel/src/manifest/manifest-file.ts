import type { Problem } from "@berth/contract";

/** The file that makes a folder a plugin. */
export const MANIFEST_FILE = "plugin.toml";

/** A manifest is a page of text; more is a mistake or an attack. */
export const MAX_MANIFEST_BYTES = 256 * 1_024;

export function tooLarge(bytes: number, file: string): Problem {
  return { file, path: "", message: `is too large: ${bytes} bytes, at most ${MAX_MANIFEST_BYTES} are read` };
}
