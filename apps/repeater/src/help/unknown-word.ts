import { nearest } from "@berth/base";
import { HostError } from "@berth/contract";

/** A word that is none of `known`: `CONFIG_INVALID`, naming the nearest of them, or of what is understood `also`. */
export function unknownWord(
  word: string,
  what: string,
  known: readonly string[],
  also: readonly string[] = [],
): HostError {
  const meant = nearest(word, [...known, ...also]);
  const hint = meant === undefined ? "." : `; did you mean ${meant}?`;
  return new HostError("CONFIG_INVALID", `"${word}" is no ${what}${hint} There are ${known.join(", ")}`);
}
