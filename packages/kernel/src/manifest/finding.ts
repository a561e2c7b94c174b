import { neutraliseLine } from "@berth/base";

/** Where in a document: keys and list positions from the top. */
export type DocumentPath = readonly (string | number)[];

/** One thing wrong in a manifest, before its place in the text is known. */
export interface Finding {
  path: DocumentPath;
  message: string;
  /** Whether to point at the key rather than at its value. */
  atKey?: boolean;
}

/**
 * @example
 * pathText(["provides", "source", 1]); // "provides.source[1]"
 */
export function pathText(path: DocumentPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += (text === "" ? "" : ".") + (/^[\w-]{1,100}$/.test(part) ? part : quote(part));
  }
  // A hostile file may nest long names; a person reads a line.
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

/** Foreign text in quotes: harmless on a terminal, on one line, and short. */
export function quote(text: string): string {
  return `"${neutraliseLine(text, 80).replaceAll('"', String.raw`\"`)}"`;
}
