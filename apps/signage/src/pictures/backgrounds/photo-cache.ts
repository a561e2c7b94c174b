import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, writeFileAtomically } from "@berth/base";

/** A found picture as it is kept: its file and whom to thank. */
export interface CachedPhoto {
  file: Uint8Array;
  credit: string;
}

export interface PhotoKey {
  provider: string;
  query: string;
  width: number;
  height: number;
}

const KEEP_MS = 7 * 24 * 3_600_000;
const MOST_META_BYTES = 4_096;

/** Found pictures, kept seven days under a digest of what was asked for. */
export class PhotoCache {
  readonly #folder: string;
  readonly #clock: Clock;

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  async get(key: PhotoKey): Promise<CachedPhoto | undefined> {
    const name = digest(key);
    const meta = await this.#meta(`${name}.json`);
    if (!meta || !this.#isFresh(meta.at)) return undefined;
    const file = await readFile(join(this.#folder, `${name}.img`)).catch(() => undefined);
    return file && { file, credit: meta.credit };
  }

  /** The picture first, then the note that makes it count: a crash between the two leaves a picture that nobody uses. */
  async put(key: PhotoKey, photo: CachedPhoto): Promise<void> {
    const name = digest(key);
    await mkdir(this.#folder, { recursive: true });
    await this.#dropOld();
    await writeFileAtomically(join(this.#folder, `${name}.img`), photo.file);
    const meta = JSON.stringify({ at: this.#clock.now(), credit: photo.credit });
    await writeFileAtomically(join(this.#folder, `${name}.json`), meta);
  }

  #isFresh(at: number): boolean {
    const ageMs = this.#clock.now() - at;
    return ageMs >= 0 && ageMs < KEEP_MS;
  }

  async #meta(name: string): Promise<{ at: number; credit: string } | undefined> {
    try {
      const path = join(this.#folder, name);
      if ((await stat(path)).size > MOST_META_BYTES) return undefined;
      const { at, credit } = JSON.parse(await readFile(path, "utf8")) as { at?: unknown; credit?: unknown };
      return typeof at === "number" && typeof credit === "string" ? { at, credit } : undefined;
    } catch {
      return undefined;
    }
  }

  async #dropOld(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (!/^[0-9a-f]{64}\.json$/.test(name)) continue;
      const meta = await this.#meta(name);
      if (meta && this.#isFresh(meta.at)) continue;
      await rm(join(this.#folder, name), { force: true });
      await rm(join(this.#folder, name.replace(/json$/, "img")), { force: true });
    }
  }
}

function digest({ provider, query, width, height }: PhotoKey): string {
  return createHash("sha256")
    .update(JSON.stringify([provider, query, width, height]))
    .digest("hex");
}
