import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

const CHUNK_BYTES = 65_536;
const LINE_FEED = 0x0a;
const PACKAGES = "node_modules";

/**
 * The files of a copy that look like the beginning of what is being written: a strict prefix of what they were (an empty file is
 * one of every other), or without the line feed at the end that they had. A whole file may look so too; whoever asks waits longer
 * before it believes that, and refuses nothing.
 *
 * @param before an earlier copy of the same folder.
 * @returns paths relative to both.
 */
export function filesThatLookCut(before: string, after: string): string[] {
  return filesBelow(after, "").filter((path) => looksCut(join(before, path), join(after, path)));
}

function looksCut(before: string, after: string): boolean {
  using former = tryOpen(before);
  using current = tryOpen(after);
  if (former === undefined || current === undefined || former.size === 0) return false;
  if (current.size < former.size && isPrefix(current, former)) return true;
  return former.lastByte() === LINE_FEED && current.lastByte() !== LINE_FEED;
}

function isPrefix(short: OpenFile, long: OpenFile): boolean {
  for (let at = 0; at < short.size; at += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, short.size - at);
    if (!short.read(at, length).equals(long.read(at, length))) return false;
  }
  return true;
}

interface OpenFile extends Disposable {
  size: number;
  read(at: number, length: number): Buffer;
  lastByte(): number | undefined;
}

function tryOpen(file: string): OpenFile | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return undefined; // New, or gone.
  }
  const { size } = fstatSync(descriptor);
  const read = (at: number, length: number): Buffer => {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, at));
  };
  return {
    size,
    read,
    lastByte: () => (size === 0 ? undefined : read(size - 1, 1)[0]),
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

/** Nobody edits what `npm install` brought, and there may be thousands. */
function filesBelow(folder: string, below: string): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === PACKAGES ? [] : filesBelow(folder, path);
    return [path];
  });
}
