import type { Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type HostError, isHostError } from "@berth/contract";
import { isInFolder } from "@berth/kernel/permissions";
import { failed, malformed, quoted, reasonOf } from "../capability-errors.ts";
import type { CapabilityScope } from "../capability-scope.ts";
import type { Use } from "../usage/use.ts";
import { isKernelFile, isLinkOfKernel, isOpenToAll } from "./kernel-files.ts";
import { anchor, openVerified, statVerified } from "./open-verified.ts";
import { entryOf, isInPlace, type Places, type Purpose, realOrNamed, realPlaces } from "./places.ts";

/** An open file or folder, and where it really is. */
export interface OpenedPath extends AsyncDisposable {
  handle: FileHandle;
  real: string;
}

/** A place in a folder that is held open: its path cannot be redirected. */
export interface HeldEntry extends AsyncDisposable {
  /** For the operating system. */
  path: string;
  /** Where it really is, for decisions and messages. */
  real: string;
}

const LONGEST_PATH = 4_096;
const DEEPEST = 64;

/** Decides where a path of a plugin leads, and opens what it may open. */
export class FileAccess {
  readonly #named: Places;
  readonly #scope: Pick<CapabilityScope, "deny" | "used">;
  #real: Promise<Places> | undefined;

  constructor(named: Places, scope: Pick<CapabilityScope, "deny" | "used">) {
    this.#named = named;
    this.#scope = scope;
  }

  /** The plugin's own folder, as it is named. */
  get dataFolder(): string {
    return this.#named.data;
  }

  /** Does something with a path as the plugin means it, and counts that, unless a link turns out to lead where it may not. */
  async using<T>(path: unknown, purpose: Purpose, verb: string, work: (named: string) => Promise<T>): Promise<T> {
    const named = this.#name(path, purpose, verb);
    try {
      const result = await work(named);
      this.#count(named, purpose);
      return result;
    } catch (error) {
      if (!isHostError(error) || error.code !== "PERMISSION_DENIED") this.#count(named, purpose);
      throw error;
    }
  }

  /** Denied, before anything is looked at, unless it lies in a named place. */
  #name(path: unknown, purpose: Purpose, verb: string): string {
    if (typeof path !== "string" || path.includes("\0") || path.length > LONGEST_PATH) {
      throw malformed(`Cannot ${verb} a file: its path must be text of at most ${LONGEST_PATH} characters`);
    }
    const named = resolve(this.#named.data, path);
    if (!isInPlace(this.#named, named, purpose)) throw this.denied(named, verb, purpose);
    return named;
  }

  /** Where a named path really is; denied when a link leads out of the real places. */
  async locate(named: string, purpose: Purpose, verb: string): Promise<string> {
    const real = await realpath(named);
    if (!(await this.#isReallyIn(named, real, purpose))) throw this.denied(named, verb, purpose);
    if (purpose === "read" && isKernelFile(real) && !(await isOpenToAll(real))) throw this.denied(named, verb, purpose);
    return real;
  }

  /** Opens a regular file, or a folder, for reading. */
  async open(named: string, kind: "file" | "folder", verb: string): Promise<OpenedPath> {
    const real = await this.locate(named, "read", verb);
    const handle = await openVerified(real, kind, await this.#isReadable(named));
    if (!handle) throw this.denied(named, verb, "read");
    try {
      assertKind(await handle.stat(), kind, named, verb);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return { handle, real, [Symbol.asyncDispose]: () => handle.close() };
  }

  /** What is at a named path. */
  async look(named: string, verb: string): Promise<Stats> {
    const real = await this.locate(named, "read", verb);
    const found = await statVerified(real, await this.#isReadable(named));
    if (!found) throw this.denied(named, verb, "read");
    return found;
  }

  /** Whether `real` lies in the plugin's own data folder. */
  async isOwn(real: string): Promise<boolean> {
    return isInFolder(real, (await this.#places()).data);
  }

  /** Whether the plugin may write at `real`. */
  async isWritable(real: string): Promise<boolean> {
    return isInPlace(await this.#places(), real, "write");
  }

  /** The place of a file to be made, replaced or removed, in its folder held open. */
  async holdEntry(named: string, options: { verb: string; createsFolders: boolean }): Promise<HeldEntry> {
    const { verb, createsFolders } = options;
    const folder = await realOrNamed(dirname(named));
    const real = join(folder, basename(named));
    if (!(await this.#isReallyIn(named, real, "write")) || isKernelFile(real)) throw this.denied(named, verb, "write");
    const handle = createsFolders ? await this.#makeFolder(folder, named, verb) : await this.#hold(folder, named, verb);
    return {
      path: join(anchor(handle, folder), basename(real)),
      real,
      [Symbol.asyncDispose]: () => handle.close(),
    };
  }

  denied(named: string, verb: string, purpose: Purpose): HostError {
    const permission = purpose === "write" ? "permissions.filesystem.write" : "permissions.filesystem.read";
    const sentence = `Cannot ${verb} ${quoted(named)}: it is not in a granted folder; ask for one in ${permission}`;
    return this.#scope.deny("files", useOf(named, purpose), sentence, { what: `${verb} ${named}` });
  }

  #count(named: string, purpose: Purpose): void {
    this.#scope.used("files", useOf(named, purpose), entryOf(this.#named, named, purpose));
  }

  async #isReallyIn(named: string, real: string, purpose: Purpose): Promise<boolean> {
    if (real.includes("\0")) return false;
    return isInPlace(await this.#places(), real, purpose) || (purpose === "read" && isLinkOfKernel(named, real));
  }

  async #isReadable(named: string): Promise<(path: string) => boolean> {
    const places = await this.#places();
    return (path) => isInPlace(places, path, "read") || isLinkOfKernel(named, path);
  }

  /** Resolved once: whoever replaces a granted folder by a link later is not followed. */
  #places(): Promise<Places> {
    this.#real ??= realPlaces(this.#named);
    return this.#real;
  }

  async #hold(folder: string, named: string, verb: string): Promise<FileHandle> {
    const handle = await openVerified(folder, "folder", () => true);
    if (!handle) throw this.denied(named, verb, "write");
    try {
      assertKind(await handle.stat(), "folder", dirname(named), verb);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  }

  /** Makes what is missing of a folder, each step inside the one held before, so that no link can slip in between. */
  async #makeFolder(folder: string, named: string, verb: string): Promise<FileHandle> {
    const missing: string[] = [];
    let existing = folder;
    while (!(await exists(existing))) {
      if (missing.length >= DEEPEST)
        throw failed(`Cannot ${verb} ${quoted(named)}: it is deeper than ${DEEPEST} new folders`);
      missing.unshift(basename(existing));
      existing = dirname(existing);
    }
    let handle = await this.#hold(existing, named, verb);
    for (const name of missing) {
      await using parent = handle;
      const path = join(anchor(parent, existing), name);
      await mkdir(path).catch((error: unknown) => {
        if (reasonOf(error) !== "EEXIST") throw error;
      });
      existing = join(existing, name);
      handle = await this.#hold(existing, named, verb);
    }
    return handle;
  }
}

function useOf(path: string, purpose: Purpose): Use {
  return { kind: "file", mode: purpose === "write" ? "write" : "read", path };
}

function assertKind(stats: Stats, kind: "file" | "folder", named: string, verb: string): void {
  if (kind === "folder" ? stats.isDirectory() : stats.isFile()) return;
  const found = stats.isDirectory() ? "a folder" : stats.isFile() ? "a file" : "neither file nor folder";
  throw failed(`Cannot ${verb} ${quoted(named)}: it is ${found}`);
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
