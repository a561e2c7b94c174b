import { chown, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeArguments } from "../argument-list.ts";
import { DESCRIPTORS, DESCRIPTOR_COUNT } from "../launcher-descriptors.ts";
import { numberedRlimits, rlimits, taskRlimit } from "../rlimits.ts";
import type { SandboxedProcess } from "../sandboxed-process.ts";
import { type Architecture, callTable } from "../seccomp/call-table.ts";
import type { Filter } from "../seccomp/filter.ts";
import { signalQuietly } from "../signal-quietly.ts";
import { spawnChild } from "../spawn-child.ts";
import type { SandboxMount, SandboxSpec } from "../spec.ts";
import type { SystemEntry } from "../system-view.ts";
import { excessInFolder } from "../temporary-excess.ts";
import { WatchedProcess } from "../watched-process.ts";

const LAUNCHER = join(import.meta.dirname, "launcher.pl");

/** System calls that it makes by number. */
const LAUNCHER_CALLS = ["prctl", "setsid", "prlimit64", "seccomp"];

/** What {@link launchLandlock} needs of the machine. */
export interface LandlockTools {
  perl: string;
  architecture: Architecture;
  /** The version of Landlock. */
  abi: number;
  system: readonly SystemEntry[];
  filter: Filter;
}

/** What programs expect of every system. Not `/dev/zero`: it gives shared memory that no limit counts. */
const DEVICES = ["/dev/null", "/dev/random", "/dev/urandom"];
/** The program's own part of `/proc`, and what tells of the machine but of no process. */
const PROC = ["self", "cpuinfo", "meminfo", "stat", "uptime", "loadavg", "version"].map((name) => `/proc/${name}`);

/**
 * Starts `spec.command` under rlimits, behind Landlock and a system call filter. The environment gets one variable more, `TMPDIR`,
 * when it may have temporary files: there is no view of its own in which they could lie at `/tmp`.
 */
export async function launchLandlock(spec: SandboxSpec, tools: LandlockTools): Promise<SandboxedProcess> {
  await using opened = new AsyncDisposableStack();
  const temporary = spec.limits.temporaryMb > 0 ? await makeTemporaryFolder(spec.user) : undefined;
  const cleanUp = async (): Promise<void> => {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  };
  opened.defer(cleanUp);
  const settings = encodeArguments(settingsOf(spec, tools, temporary));
  const spawned = await spawnChild([tools.perl, "-f", LAUNCHER], DESCRIPTOR_COUNT, {
    env: {},
    cwd: "/",
    ...spec.user,
  });
  spawned.descriptor(DESCRIPTORS.arguments).end(settings);
  spawned.descriptor(DESCRIPTORS.filter).end(tools.filter.program);
  opened.move();
  return new WatchedProcess(spawned, {
    endAll: endGroup,
    cleanUp,
    ...(temporary === undefined ? {} : { findExcess: excessInFolder(temporary, spec.limits.temporaryMb) }),
  });
}

/** See `launcher.pl`, which reads them. */
function settingsOf(spec: SandboxSpec, tools: LandlockTools, temporary: string | undefined): string[] {
  const env = temporary === undefined ? spec.env : { TMPDIR: temporary, ...spec.env };
  const { byName } = callTable(tools.architecture);
  return [
    ...LAUNCHER_CALLS.map((name) => ["call", name, String(byName.get(name))]),
    ["abi", String(tools.abi), "folder", spec.workingFolder],
    ...Object.entries(env).map(([name, value]) => ["env", name, value]),
    ...numberedRlimits({ ...rlimits(spec), ...taskRlimit(spec) }).map(([resource, value]) => [
      "rlimit",
      String(resource),
      String(value),
    ]),
    ...[...tools.system.map(({ path }) => path), ...PROC].map((path) => ["read", path]),
    ...DEVICES.map((path) => ["device", path]),
    ...spec.mounts.map(grantOf),
    temporary === undefined ? [] : ["write", temporary],
    ...tools.filter.ownPidAt.map((offset) => ["own-pid-at", String(offset)]),
    ["command", ...spec.command],
  ].flat();
}

function grantOf({ from, isWritable, isOptional }: SandboxMount): string[] {
  const grant = [isWritable ? "write" : "read", from];
  return isOptional === true ? ["optional", ...grant] : grant;
}

async function makeTemporaryFolder(user: SandboxSpec["user"]): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "berth-"));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  return folder;
}

/** The filter lets nobody leave the process group, and one signal reaches all of it at once. */
function endGroup(leader: number): void {
  signalQuietly(-leader, "SIGKILL");
  // It may not lead its group yet.
  signalQuietly(leader, "SIGKILL");
}
