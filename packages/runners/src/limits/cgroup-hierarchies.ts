import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A tree of control groups that is mounted, and where in it this process stands. */
export interface Hierarchy {
  version: 1 | 2;
  /** Of version 1 only; version 2 tells them in a file. */
  controllers: readonly string[];
  /** Folder of the group that this process is in. */
  folder: string;
}

/** The hierarchies of this process. `proc` is where /proc is mounted. */
export function findHierarchies(proc = "/proc"): Hierarchy[] {
  const mountInfo = readOrNothing(join(proc, "self/mountinfo"));
  const groups = readOrNothing(join(proc, "self/cgroup"));
  return parseHierarchies(mountInfo, groups);
}

/** From the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`. */
export function parseHierarchies(mountInfo: string, groups: string): Hierarchy[] {
  const mounts = lines(mountInfo).flatMap(parseMount);
  return lines(groups).flatMap((line) => {
    const [id = "", names = "", ...rest] = line.split(":");
    const path = rest.join(":");
    const controllers = names.split(",").filter((name) => name !== "");
    const version = id === "0" && controllers.length === 0 ? 2 : 1;
    const mount = mounts.find(
      (each) => each.version === version && controllers.every((name) => each.options.includes(name)),
    );
    const folder = mount && below(mount, path);
    return folder === undefined ? [] : [{ version, controllers, folder }];
  });
}

interface Mount {
  version: 1 | 2;
  /** The group that is mounted; another than `/` inside many containers. */
  root: string;
  folder: string;
  options: readonly string[];
}

/** `36 35 98:0 /root /mount/point options - type source superOptions`, with optional fields before the hyphen. */
function parseMount(line: string): Mount[] {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , root = "", folder = ""] = before.split(" ");
  const [type, , superOptions = ""] = after.split(" ");
  if (type !== "cgroup" && type !== "cgroup2") return [];
  const version = type === "cgroup2" ? 2 : 1;
  return [{ version, root: unescape(root), folder: unescape(folder), options: superOptions.split(",") }];
}

function below({ root, folder }: Mount, path: string): string | undefined {
  if (root === "/") return join(folder, path);
  if (path === root || path.startsWith(`${root}/`)) return join(folder, path.slice(root.length));
  // A container that sees the host's path and mounts its own group at the top.
  return path === "/" ? folder : undefined;
}

/** The kernel writes spaces and backslashes of paths as octal numbers. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
