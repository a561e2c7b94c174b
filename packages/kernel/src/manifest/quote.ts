import { neutraliseLine } from "@berth/base";

/** Foreign text in quotes: harmless on a terminal, on one line, and short. */
export function quote(text: string): string {
  return `"${neutraliseLine(text, 80).replaceAll('"', String.raw`\"`)}"`;
}
