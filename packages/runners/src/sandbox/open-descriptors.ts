import { HostError } from "@berth/contract";
import { readFileSync, readdirSync } from "node:fs";

const O_CLOEXEC = 0o2000000;
const STANDARD = 2;

/**
 * Makes sure that a program started now gets none of the host's descriptors but those meant for it. Node.js opens its own so that
 * they are closed; one that the host was started with, or that a native module opened, may not be.
 *
 * @throws HostError `TIER_UNAVAILABLE` naming the descriptors.
 */
export function refuseOpenDescriptors(): void {
  const open = readdirSync("/proc/self/fd").filter((name) => Number(name) > STANDARD && isInherited(name));
  if (open.length === 0) return;
  throw new HostError(
    "TIER_UNAVAILABLE",
    `Cannot start a sandbox: the program would get descriptor ${open.join(", ")} of the host; ` +
      "install perl, which closes them, or start the host without",
    { details: { descriptors: open.map(Number) } },
  );
}

function isInherited(descriptor: string): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    return false;
  }
}
