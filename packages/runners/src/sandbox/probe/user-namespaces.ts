import { readFile } from "node:fs/promises";
import { type Finding, missing } from "./findings.ts";

/** Switches of the kernel by which distributions keep ordinary users from namespaces, and what to do about each. */
const SWITCHES: readonly { path: string; closed: string; fix: string }[] = [
  {
    path: "/proc/sys/user/max_user_namespaces",
    closed: "0",
    fix: "set user.max_user_namespaces to 10000 with sysctl",
  },
  {
    path: "/proc/sys/kernel/unprivileged_userns_clone",
    closed: "0",
    fix: "set kernel.unprivileged_userns_clone to 1 with sysctl",
  },
  {
    path: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    closed: "1",
    fix: "load an AppArmor profile that lets bwrap have user namespaces, as Ubuntu 25.04 ships one",
  },
];

const IN_CONTAINER =
  "inside a container, start it with a seccomp profile that allows clone and unshare with namespaces";

/** Whether the kernel was told to keep ordinary users from namespaces; `problem` is what failed. */
export async function closedSwitch(problem: string): Promise<Finding | undefined> {
  for (const { path, closed, fix } of SWITCHES) {
    const value = await readFile(path, "utf8").catch(() => "");
    if (value.trim() === closed) return missing(`${path} is ${closed}: ${problem}`, fix);
  }
  return undefined;
}

/** No user namespace could be made, and no switch says why. */
export function missingNamespaces(problem: string): Finding {
  return missing(problem, IN_CONTAINER);
}
