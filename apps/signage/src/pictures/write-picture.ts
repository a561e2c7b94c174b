import { copyFile, link, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Clock, Failpoints, writeFileAtomically } from "@berth/base";
import { HostError } from "@berth/contract";

/** A second place and size for the same picture. */
export interface OutputProfile {
  name: string;
  width: number;
  height: number;
  dir: string;
  /** The picture drawn anew at that size, which is sharper; without it the main one is resized. */
  png?: Uint8Array;
}

export interface PictureToWrite {
  dir: string;
  /** The source's id; the file is `<id>.png`. */
  id: string;
  png: Uint8Array;
  /** Earlier pictures kept in `archive/`. Default 5. */
  archiveKeep?: number;
  profiles?: readonly OutputProfile[];
  clock: Clock;
  failpoints?: Failpoints;
}

export interface WrittenPicture {
  path: string;
  /** Where the previous picture went, if there was one. */
  archived?: string;
  /** By profile name. */
  profiles: Record<string, string>;
}

const ID = /^[a-zA-Z0-9_-]{1,200}$/;
/** A draft this old was left by a process that died. */
const STALE_DRAFT_MS = 3_600_000;

/**
 * Writes a picture over the one before it, which goes to the archive. At no moment, not even when the process is killed, is
 * there no picture or half a one: the old one is linked into the archive first and replaced in one step.
 */
export async function writePicture(picture: PictureToWrite): Promise<WrittenPicture> {
  const { dir, id, png, clock, archiveKeep = 5, profiles = [], failpoints = new Failpoints() } = picture;
  if (!ID.test(id))
    throw new HostError(
      "CONFIG_INVALID",
      `Cannot write a picture for the id ${JSON.stringify(id)}: use letters, digits, _ and -`,
    );
  checkFolders(dir, profiles);
  const path = join(dir, `${id}.png`);
  await mkdir(dir, { recursive: true });
  const archived = archiveKeep > 0 ? await archivePrevious(dir, id, clock) : undefined;
  await failpoints.visit("pictures.archived");
  await writeFileAtomically(path, png);
  await failpoints.visit("pictures.written");
  await prune(dir, id, archiveKeep, clock);
  const written: Record<string, string> = Object.create(null);
  for (const profile of profiles) written[profile.name] = await writeProfile(profile, id, png);
  return { path, ...(archived === undefined ? {} : { archived }), profiles: written };
}

/** Two pictures of one name in one folder: one would be lost without a word. */
function checkFolders(dir: string, profiles: readonly OutputProfile[]): void {
  const taken = new Set([resolve(dir)]);
  for (const { name, dir: folder } of profiles) {
    const real = resolve(folder);
    if (taken.has(real))
      throw new HostError(
        "CONFIG_INVALID",
        `Cannot write output profile "${name}" to ${folder}: another picture goes there; give it a folder of its own`,
      );
    taken.add(real);
  }
}

async function archivePrevious(dir: string, id: string, clock: Clock): Promise<string | undefined> {
  const path = join(dir, `${id}.png`);
  const previous = await stat(path).catch(() => undefined);
  if (!previous?.isFile()) return undefined;
  const archive = join(dir, "archive");
  await mkdir(archive, { recursive: true });
  const newest = (await archivedNames(archive, id)).at(-1);
  // Killed after archiving and before writing: it is there already.
  if (newest && (await stat(join(archive, newest))).ino === previous.ino) return join(archive, newest);
  for (let attempt = 0; ; attempt++) {
    const target = join(archive, `${id}-${timestamp(clock.now())}${attempt === 0 ? "" : `-${attempt}`}.png`);
    if (await keepAs(path, target)) return target;
  }
}

/** Gives the file a second name; `false` when that name is taken. */
async function keepAs(path: string, target: string): Promise<boolean> {
  try {
    await link(path, target);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // Some network file systems have no links.
    await copyFile(path, target);
    return true;
  }
}

async function prune(dir: string, id: string, keep: number, clock: Clock): Promise<void> {
  const archive = join(dir, "archive");
  const names = await archivedNames(archive, id).catch(() => []);
  for (const name of names.slice(0, Math.max(0, names.length - keep))) await rm(join(archive, name), { force: true });
  const draft = new RegExp(`^\\.${id}\\.png\\.[0-9a-f]{12}\\.tmp$`);
  for (const name of await readdir(dir)) {
    if (!draft.test(name)) continue;
    const info = await stat(join(dir, name)).catch(() => undefined);
    if (info && clock.now() - info.mtimeMs > STALE_DRAFT_MS) await rm(join(dir, name), { force: true });
  }
}

/** Oldest first. */
async function archivedNames(archive: string, id: string): Promise<string[]> {
  const pattern = new RegExp(`^${id}-(\\d{8}T\\d{9}Z)(?:-(\\d+))?\\.png$`);
  const found = (await readdir(archive)).flatMap((name) => {
    const match = pattern.exec(name);
    return match ? [{ name, at: match[1]!, again: Number(match[2] ?? 0) }] : [];
  });
  found.sort((a, b) => (a.at === b.at ? a.again - b.again : a.at < b.at ? -1 : 1));
  return found.map(({ name }) => name);
}

/** `20260314T092653589Z`: sorts as it reads, and no file system minds it. */
function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/[-:.]/g, "");
}

async function writeProfile(profile: OutputProfile, id: string, png: Uint8Array): Promise<string> {
  const path = join(profile.dir, `${id}.png`);
  await mkdir(profile.dir, { recursive: true });
  await writeFileAtomically(path, profile.png ?? (await resized(png, profile)));
  return path;
}

async function resized(png: Uint8Array, { width, height }: OutputProfile): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  return sharp(png)
    .resize(width, height, { fit: "contain", background: "#000000" })
    .png({ compressionLevel: 1 })
    .toBuffer();
}
