import { DESCRIPTORS } from "../launcher-descriptors.ts";
import type { SandboxSpec } from "../spec.ts";
import type { SystemEntry } from "../system-view.ts";

/** Nobody, inside: no file of the system belongs to it. */
const INSIDE_ID = "65534";

const MIB = 2 ** 20;

/**
 * Neither `/dev/zero`, which gives shared memory that no limit counts, nor `/dev/shm`, nor a terminal. With `--dev` they would be
 * there, on a writable file system without a size.
 */
const DEVICES = ["/dev/null", "/dev/random", "/dev/urandom"];

const DEVICE_LINKS: readonly [target: string, path: string][] = [
  ["/proc/self/fd", "/dev/fd"],
  ["/proc/self/fd/0", "/dev/stdin"],
  ["/proc/self/fd/1", "/dev/stdout"],
  ["/proc/self/fd/2", "/dev/stderr"],
];

/** The options of `bwrap` for `spec`, without the command. */
export function bwrapArguments(spec: SandboxSpec, system: readonly SystemEntry[]): string[] {
  return [
    ["--unshare-all", "--unshare-user", "--disable-userns", "--uid", INSIDE_ID, "--gid", INSIDE_ID],
    ["--hostname", "plugin", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"],
    ...Object.entries(spec.env).map(([name, value]) => ["--setenv", name, value]),
    ...system.map((entry) =>
      "linksTo" in entry ? ["--symlink", entry.linksTo, entry.path] : ["--ro-bind", entry.path, entry.path],
    ),
    // The first process is bwrap's and ends the others when the host dies; who could write its memory could stop it from that.
    ["--proc", "/proc", ...cover("/proc/1")],
    ...DEVICES.map((path) => ["--dev-bind", path, path]),
    ...DEVICE_LINKS.map(([target, path]) => ["--symlink", target, path]),
    temporary(spec.limits.temporaryMb),
    ...(spec.memoryFolders ?? []).map(({ at, sizeMb }) => ["--size", String(sizeMb * MIB), "--tmpfs", at]),
    ...spec.mounts.map(mount),
    ...(spec.covered ?? []).map(cover),
    ["--remount-ro", "/", "--chdir", spec.workingFolder],
    ["--info-fd", String(DESCRIPTORS.info), "--seccomp", String(DESCRIPTORS.filter)],
  ].flat();
}

function mount({ from, to, isWritable, isOptional }: SandboxSpec["mounts"][number]): string[] {
  return [`--${isWritable ? "bind" : "ro-bind"}${isOptional === true ? "-try" : ""}`, from, to];
}

/** Nobody may write in it: files without content are memory of the kernel, and nobody counts them there. */
function cover(at: string): string[] {
  return ["--perms", "0000", "--size", "1", "--tmpfs", at, "--remount-ro", at];
}

function temporary(sizeMb: number): string[] {
  return sizeMb > 0 ? ["--size", String(sizeMb * MIB), "--tmpfs", "/tmp"] : [];
}
