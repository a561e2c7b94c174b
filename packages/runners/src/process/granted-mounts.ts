import { realpath } from "node:fs/promises";
import { HostError } from "@berth/contract";
import type { GrantedFolders } from "@berth/kernel/runner";
import type { SandboxMount } from "../sandbox/index.ts";

/** What the sandbox itself is made of; a folder of the machine put there would take its place. */
const OWN_PLACES = ["/proc", "/dev", "/sys", "/usr", "/lib", "/lib64", "/bin", "/sbin", "/plugin", "/data", "/berth"];
/** Below these are folders that may be granted, but not these themselves. */
const OWN_ROOTS: ReadonlySet<string> = new Set(["/", "/tmp", "/run"]);

/** What {@link grantedMounts} needs to know. */
export interface GrantedMountsOptions {
  plugin: string;
  folders: GrantedFolders;
  /** Folders that other running plugins can write. */
  writableByOthers: readonly string[];
}

/**
 * The granted folders as mounts at their own paths, outer ones first; one that is gone is left out. What lies in a folder that
 * another plugin can write is refused: that plugin could have put a link to anything in its place.
 *
 * @throws HostError `PERMISSION_DENIED`
 */
export async function grantedMounts({
  plugin,
  folders,
  writableByOthers,
}: GrantedMountsOptions): Promise<SandboxMount[]> {
  const write = await presentOnes(plugin, folders.write);
  const read = (await presentOnes(plugin, folders.read)).filter(
    (folder) => !write.some((one) => isWithin(folder, one)),
  );
  for (const folder of [...read, ...write]) {
    const outer = writableByOthers.find((one) => isWithin(folder, one) && folder !== one);
    if (outer !== undefined) {
      throw denied(
        plugin,
        folder,
        `it lies in ${outer}, which another plugin can write; grant a folder outside of that`,
      );
    }
  }
  for (const hidden of folders.hidden ?? []) {
    const inside = [...read, ...write].find((folder) => isWithin(folder, hidden));
    if (inside !== undefined) throw denied(plugin, inside, "the host keeps its data there; grant a folder elsewhere");
  }
  return [...read.map((from) => mount(from, false)), ...write.map((from) => mount(from, true))].toSorted(
    (one, other) => one.to.length - other.to.length,
  );
}

/**
 * What of the hidden folders lies below a mounted one.
 *
 * @throws HostError `PERMISSION_DENIED` for one where it cannot be left out.
 */
export function coveredFolders(
  plugin: string,
  hidden: readonly string[],
  mounts: readonly SandboxMount[],
  canCover: boolean,
): string[] {
  return hidden.filter((folder) => {
    const shown = mounts.find(({ from }) => isWithin(folder, from));
    if (shown !== undefined && !canCover) {
      const why = `the host keeps its data in ${folder}, which cannot be left out on this machine; grant a folder beside it`;
      throw denied(plugin, shown.from, why);
    }
    return shown !== undefined;
  });
}

/** Whether `path` is `folder` or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function mount(from: string, isWritable: boolean): SandboxMount {
  return { from, to: from, isWritable };
}

async function presentOnes(plugin: string, folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all([...new Set(folders)].map((folder) => presentOne(plugin, folder)));
  return found.filter((folder) => folder !== undefined);
}

async function presentOne(plugin: string, folder: string): Promise<string | undefined> {
  if (OWN_ROOTS.has(folder) || OWN_PLACES.some((place) => isWithin(folder, place))) {
    throw denied(plugin, folder, "the sandbox has a place of its own there; grant a folder elsewhere");
  }
  let real: string;
  try {
    real = await realpath(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw denied(plugin, folder, `its path cannot be followed (${(error as Error).message})`, error);
  }
  // It had no link in it when it was granted.
  if (real !== folder) throw denied(plugin, folder, `it has become a link, to ${real}; grant that if it is meant`);
  return real;
}

function denied(plugin: string, folder: string, why: string, cause?: unknown): HostError {
  return new HostError("PERMISSION_DENIED", `Cannot give plugin "${plugin}" the folder ${folder}: ${why}`, {
    details: { plugin, folder },
    ...(cause === undefined ? {} : { cause }),
  });
}
