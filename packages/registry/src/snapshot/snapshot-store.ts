import { existsSync, lstatSync, readdirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type Clock, Failpoints, neutraliseLine, sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import { isFromChange } from "../digest/digest-error.ts";
import type { ListedFile, ListOptions } from "../digest/list-files.ts";
import { type CopiedContent, FolderCopy } from "./copy-folder.ts";
import { isDraft, isOfLiveProcess, newDraftName } from "./draft-names.ts";
import { KnownPackages } from "./known-packages.ts";
import { filesThatLookCut } from "./looks-cut.ts";
import { notKept } from "./snapshot-draft.ts";
import { syncCopy } from "./sync-copy.ts";

/** Editors and tools are done after a few; the waits between them double from the first: 155 ms in all. */
const MOST_ATTEMPTS = 6;
const FIRST_WAIT_MS = 5;

/**
 * A file that looks cut is left so long for its writer to go on. Writers pause for the time of a disk or a network, not for half a
 * second; and who really took something off the end of a file waits once, not noticeably.
 */
const CUT_WAIT_MS = 500;
/** In that time it is looked whether the writer went on, so often. */
const CUT_LOOK_MS = 25;
/** A writer that goes on for longer than this is told of anew by its next change. */
const MOST_CUT_LOOKS = 200;

const DIGEST = /^sha256:([0-9a-f]{64})$/;

/** A copy of a plugin's folder that nobody changes. */
export interface Snapshot extends CopiedContent {
  /** Where the copy lies. */
  folder: string;
}

/** How {@link SnapshotStore.take} works. */
export interface TakeOptions {
  /** Absolute paths that are none of the plugin: the host's data folder, the signature. They are not in the copy either. */
  leaveOut?: readonly string[];
  /** The digest of what runs now: a file that looks like a half-written one of that is waited for. */
  since?: string;
  signal?: AbortSignal;
}

/** What a {@link SnapshotStore} needs. */
export interface SnapshotStoreOptions {
  /** Made when it is needed. No plugin may write there. */
  folder: string;
  clock: Clock;
  /** `snapshot.read` is visited when all files were read, before it is looked whether they are still the same. */
  failpoints?: Failpoints;
}

/**
 * Copies of plugins' folders, by digest. What runs is what was hashed: every file is read once, and what was read is both hashed
 * and written. A copy appears whole or not at all; a crash leaves drafts, which {@link sweep} removes.
 *
 * A copy is as large as what can be pinned at all, see `MOST_FILES` and `MOST_BYTES` of the digest.
 */
export class SnapshotStore {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #failpoints: Failpoints;
  readonly #packages = new KnownPackages();
  readonly #synced = new Set<string>();
  /** Names of those that this store is making. */
  readonly #drafts = new Set<string>();

  constructor({ folder, clock, failpoints = new Failpoints() }: SnapshotStoreOptions) {
    this.#folder = resolve(folder);
    this.#clock = clock;
    this.#failpoints = failpoints;
  }

  /**
   * Copies a plugin's folder as it is, unless there is a copy of the same content.
   *
   * @throws HostError `DIGEST_FAILED` for a folder that cannot be pinned; `PLUGIN_UNSETTLED` for one that is being written all the
   * time; `STORAGE_FAILED` when the copy cannot be written.
   */
  async take(folder: string, options: TakeOptions = {}): Promise<Snapshot> {
    const root = resolve(folder);
    const { since } = options;
    let snapshot = await this.#takeSettled(root, options);
    if (since === undefined || snapshot.digest === since || !this.has(since)) return snapshot;
    for (let looks = 0; looks < MOST_CUT_LOOKS;) {
      const cut = filesThatLookCut(this.pathOf(since), snapshot.folder);
      if (cut.length === 0) return snapshot;
      const waited = await this.#waitForChange(root, cut, options.signal);
      looks += waited.looks;
      const next = await this.#takeSettled(root, options);
      if (next.digest === snapshot.digest && !waited.hasChanged) return snapshot;
      snapshot = next;
    }
    throw unsettled(root);
  }

  /** Whether there is a copy of that content. */
  has(digest: string): boolean {
    return existsSync(this.pathOf(digest));
  }

  /** Where the copy of that content lies, or would. @throws TypeError for what is no digest. */
  pathOf(digest: string): string {
    const [, name] = DIGEST.exec(digest) ?? [];
    if (name === undefined) throw new TypeError(`Cannot find a copy: "${neutraliseLine(digest, 100)}" is no digest`);
    return join(this.#folder, name);
  }

  /**
   * Makes a copy outlast a power cut, which could leave it with empty files. To be waited for before anything is written down that
   * names it; a copy that nothing names is swept away by the next host.
   *
   * @throws HostError `STORAGE_FAILED`
   */
  async sync(digest: string): Promise<void> {
    if (this.#synced.has(digest)) return;
    try {
      await syncCopy(this.pathOf(digest));
      this.#synced.add(digest);
    } catch (error) {
      throw notKept(this.#folder, error);
    }
  }

  /** Removes a copy, if it is there. Nothing may run from it. */
  async remove(digest: string): Promise<void> {
    this.#packages.forget((known) => known.digest === digest);
    await this.#discard(basename(this.pathOf(digest)));
  }

  /**
   * Removes every copy that is not to be kept, and what crashes left. Copies in the making stay, whoever makes them; one that was
   * just taken is only safe once it is in `keep`.
   */
  async sweep(keep: Iterable<string>): Promise<void> {
    const kept = new Set([...keep].map((digest) => basename(this.pathOf(digest))));
    this.#packages.forget((known) => !kept.has(basename(this.pathOf(known.digest))));
    for (const name of this.#names()) {
      const isCopy = DIGEST.test(`sha256:${name}`) && !kept.has(name);
      if (isCopy || (isDraft(name) && !this.#drafts.has(name) && !isOfLiveProcess(name))) await this.#discard(name);
    }
  }

  /** Takes copies until one is of a moment in which nobody wrote. */
  async #takeSettled(root: string, { leaveOut = [], signal }: TakeOptions): Promise<Snapshot> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#takeOnce(root, { leaveOut: [...leaveOut, this.#folder], ...(signal ? { signal } : {}) });
      } catch (error) {
        if (!isFromChange(error)) throw error;
        if (attempt === MOST_ATTEMPTS) throw isGone(root) ? error : unsettled(root, error);
        this.#packages.forget(({ digest }) => !this.has(digest));
      }
      await sleep(this.#clock, FIRST_WAIT_MS * 2 ** (attempt - 1), signal);
    }
  }

  async #takeOnce(root: string, options: ListOptions): Promise<Snapshot> {
    const listedAt = this.#clock.now();
    const draftName = newDraftName();
    const parts = {
      draft: join(this.#folder, draftName),
      find: (file: ListedFile) => this.#packages.find(root, file),
      whenRead: () => this.#failpoints.visit("snapshot.read"),
    };
    this.#drafts.add(draftName);
    try {
      await using copy = new FolderCopy(root, parts);
      const read = await copy.read(options);
      const folder = this.pathOf(read.digest);
      if (!existsSync(folder)) await copy.commit(folder, options.signal);
      this.#packages.remember(root, { digest: read.digest, copy: folder }, copy.files, listedAt);
      return { ...read, folder };
    } finally {
      this.#drafts.delete(draftName);
    }
  }

  /** Until one of the files changes, or long enough. */
  async #waitForChange(root: string, paths: readonly string[], signal?: AbortSignal): Promise<Wait> {
    const look = (): string => paths.map((path) => stampOf(join(root, path))).join("\n");
    const before = look();
    for (let looks = 1; looks <= CUT_WAIT_MS / CUT_LOOK_MS; looks++) {
      await sleep(this.#clock, CUT_LOOK_MS, signal);
      if (look() !== before) return { looks, hasChanged: true };
    }
    return { looks: CUT_WAIT_MS / CUT_LOOK_MS, hasChanged: false };
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw notKept(this.#folder, error);
    }
  }

  /** In one step out of sight: what is half removed must not pass for a copy. */
  async #discard(name: string): Promise<void> {
    this.#synced.delete(`sha256:${name}`);
    const rubbish = join(this.#folder, newDraftName());
    try {
      await rename(join(this.#folder, name), rubbish);
      await rm(rubbish, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw notKept(this.#folder, error);
    }
  }
}

interface Wait {
  looks: number;
  hasChanged: boolean;
}

/** By what a change of a file is seen. */
function stampOf(file: string): string {
  const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "none" : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}

function isGone(folder: string): boolean {
  return !existsSync(folder);
}

function unsettled(folder: string, cause?: unknown): HostError {
  const message = `Cannot copy the plugin in ${neutraliseLine(folder)}: its files are being written; try again when that is done`;
  return new HostError("PLUGIN_UNSETTLED", message, { details: { folder }, ...(cause === undefined ? {} : { cause }) });
}
