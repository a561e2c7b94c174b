import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { errorMessage } from "@berth/base";
import { HostError, type Problem } from "@berth/contract";
import { CONFIG_LIMITS } from "./config-limits.ts";

/** A place in a file, from 1. Columns count UTF-16 units, as editors do. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** The text of one configuration file, and where its lines begin. */
export class SourceFile {
  readonly file: string;
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  place(offset: number): Place {
    this.#lineStarts ??= lineStartsOf(this.text);
    const within = Math.min(Math.max(0, offset), this.text.length);
    const line = lastAtMost(this.#lineStarts, within);
    return { file: this.file, line: line + 1, column: within - this.#lineStarts[line]! + 1 };
  }
}

/** What came of reading bytes: the text, or why there is none. */
export type SourceResult = { source: SourceFile } | { problem: Problem };

/**
 * Reads a file, at most 1 MiB of UTF-8.
 *
 * @throws `CONFIG_NOT_FOUND` when there is no such file; whatever else is wrong with it is a problem.
 */
export async function readSourceFile(file: string, cwd: string): Promise<SourceResult> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(cwd, file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new HostError("CONFIG_NOT_FOUND", `Cannot read ${file}: there is no such file`, { cause: error });
    }
    return { problem: { file, path: "", message: `cannot be read: ${errorMessage(error)}` } };
  }
  return decodeSource(file, bytes);
}

export function decodeSource(file: string, bytes: Uint8Array): SourceResult {
  const bad = (message: string): SourceResult => ({ problem: { file, path: "", message } });
  if (bytes.byteLength > CONFIG_LIMITS.bytes) {
    return bad(`is ${bytes.byteLength} bytes long; at most ${CONFIG_LIMITS.bytes} are read`);
  }
  try {
    return { source: new SourceFile(file, new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return bad("is not UTF-8 text; save it with the encoding UTF-8");
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Index of the last entry that is at most `wanted`; the first entry always is. */
function lastAtMost(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (sorted[middle]! <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
