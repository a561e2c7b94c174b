import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { errorMessage } from "@berth/base";
import { decodePhoto } from "./decode-photo.ts";
import type { PhotoBackground } from "./prepared-background.ts";

export interface LocalPhotoRequest {
  backgroundsDir: string;
  /** Folders below it, `weather/cloudy|weather/any`, tried in order; empty for the folder itself. */
  query: string;
  width: number;
  height: number;
  /** From 0 to below 1; which picture is taken. */
  random: () => number;
  signal?: AbortSignal | undefined;
}

const MOST_FILE_BYTES = 64 * 1024 * 1024;
/** A folder of broken pictures must not hold the run up. */
const MOST_TRIES = 3;

/**
 * A random picture of the first folder that has one.
 *
 * @throws Error that says of every folder why it gave none.
 */
export async function localPhoto(request: LocalPhotoRequest): Promise<PhotoBackground> {
  const root = await realpath(request.backgroundsDir);
  const reasons: string[] = [];
  for (const folder of request.query.split("|").map((part) => part.trim())) {
    try {
      return await photoOf(root, folder, request);
    } catch (error) {
      request.signal?.throwIfAborted();
      reasons.push(`${folder || "."}: ${errorMessage(error)}`);
    }
  }
  throw new Error(`no picture in ${request.backgroundsDir} (${reasons.join("; ")})`);
}

async function photoOf(root: string, folder: string, request: LocalPhotoRequest): Promise<PhotoBackground> {
  const inside = await resolveInside(root, join(root, folder));
  const entries = await readdir(inside);
  const names = entries.filter((name) => /\.(?:jpe?g|png)$/i.test(name)).sort();
  if (names.length === 0) throw new Error("holds no .jpg, .jpeg or .png");
  const first = Math.floor(request.random() * names.length);
  let failure: unknown;
  for (let tried = 0; tried < Math.min(MOST_TRIES, names.length); tried++) {
    request.signal?.throwIfAborted();
    const name = names[(first + tried) % names.length]!;
    try {
      return await readPhoto(await resolveInside(root, join(inside, name)), request);
    } catch (error) {
      failure = new Error(`${name}: ${errorMessage(error)}`, { cause: error });
    }
  }
  throw failure;
}

async function readPhoto(path: string, { width, height }: LocalPhotoRequest): Promise<PhotoBackground> {
  const info = await stat(path);
  if (!info.isFile() || info.size > MOST_FILE_BYTES) throw new Error("is no file of at most 64 MiB");
  return decodePhoto(await readFile(path), width, height);
}

/** The query comes from a source as well as the operator: neither `..` nor a link may lead out of the folder. */
async function resolveInside(root: string, path: string): Promise<string> {
  const real = await realpath(path);
  if (real !== root && !real.startsWith(root + sep)) throw new Error("lies outside the folder of backgrounds");
  return real;
}
