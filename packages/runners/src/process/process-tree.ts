import { ProcReader } from "../limits/proc-reader.ts";
import { ProcessProbe } from "../limits/process-probe.ts";

const MIB = 2 ** 20;
/** A sandbox that was just started has three; a bomb is the governor's business. */
const MOST_PROCESSES = 1_000;

/** The process `root` and all that descend from it, parents first, as they are just now. */
export function processTree(root: number): number[] {
  const reader = new ProcReader();
  const found = [root];
  for (const pid of found) {
    if (found.length >= MOST_PROCESSES) break;
    using probe = ProcessProbe.open(reader, pid);
    if (probe) found.push(...probe.children());
  }
  return found;
}

/** Memory of its own of the whole tree, MiB: what a plugin is not charged with when the tree is still blank. */
export function treeMemoryMb(root: number): number {
  const reader = new ProcReader();
  let bytes = 0;
  for (const pid of processTree(root)) {
    using probe = ProcessProbe.open(reader, pid);
    bytes += probe?.ownedBytes() ?? 0;
  }
  return bytes / MIB;
}
