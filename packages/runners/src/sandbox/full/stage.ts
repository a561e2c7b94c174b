import { readFileSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HostError } from "@berth/contract";
import { type Architecture, callTable } from "../seccomp/call-table.ts";
import type { SandboxSpec } from "../spec.ts";

const SCRIPT = join(import.meta.dirname, "stage.pl");
/** In this order; see `stage.pl`. */
const CALLS = ["unshare", "mount", "setgroups", "setresgid", "setresuid"];
/** Folders that every system has and no plugin needs: what is in one of them is hidden from the launcher, and from nobody else. */
const STAGES = ["/mnt", "/media", "/srv", "/opt", "/boot"];
const PASSED_BY_ALL = 0o001;

type Command = [string, ...string[]];

/** A spec whose places can all be reached by its user, and what makes that so. */
export interface Staged {
  spec: SandboxSpec;
  /** The command that becomes the user and the given command; nothing where the user can start it as it is. */
  becomeUser?: (command: Command) => Command;
}

/**
 * Finds the places that the user of `spec` could not reach, since a folder on the way lets only its owner pass, and has them shown
 * elsewhere. Only a host that is root has such a user.
 *
 * @throws HostError `TIER_UNAVAILABLE` when that takes perl and there is none.
 */
export async function stage(spec: SandboxSpec, perl: string | undefined, architecture: Architecture): Promise<Staged> {
  const { user, mounts } = spec;
  if (user === undefined) return { spec };
  const hidden = await Promise.all(mounts.map(({ from }) => isHidden(from, user.uid)));
  if (!hidden.includes(true)) return { spec };
  const folder = STAGES.find((place) => !mounts.some(({ from }) => from === place || from.startsWith(`${place}/`)));
  if (perl === undefined || folder === undefined) throw unreachable(mounts[hidden.indexOf(true)]!.from);
  const places = mounts.filter((_mount, index) => hidden[index]).map(({ from }) => from);
  const shownAt = (from: string): string => join(folder, String(places.indexOf(from)));
  const { byName } = callTable(architecture);
  const numbers = [user.uid, user.gid, ...CALLS.map((name) => byName.get(name)!)];
  const script = readFileSync(SCRIPT, "utf8");
  return {
    spec: {
      ...spec,
      mounts: mounts.map((mount, index) => (hidden[index] ? { ...mount, from: shownAt(mount.from) } : mount)),
    },
    becomeUser: (command) => [perl, "-f", "-e", script, folder, ...numbers.map(String), ...places, "--", ...command],
  };
}

/** Whether a folder above `path` keeps `uid` from passing. */
async function isHidden(path: string, uid: number): Promise<boolean> {
  for (let folder = dirname(path); folder !== "/"; folder = dirname(folder)) {
    const found = await lstat(folder).catch(() => undefined);
    if (found && (found.mode & PASSED_BY_ALL) === 0 && found.uid !== uid) return true;
  }
  return false;
}

function unreachable(path: string): HostError {
  return new HostError(
    "TIER_UNAVAILABLE",
    `Cannot start a sandbox: its user cannot reach ${path}, since a folder above lets only its owner pass. ` +
      "Install perl, or let others pass (chmod o+x)",
    { details: { path } },
  );
}
