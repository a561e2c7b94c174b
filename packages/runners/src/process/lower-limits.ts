import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ResolvedLimits } from "../limits/index.ts";

const MIB = 2 ** 20;
const run = promisify(execFile);

/** Limits of the system that can be set for a process that already runs. */
type Lowered = Pick<ResolvedLimits, "memory_mb" | "file_handles" | "file_size_mb" | "disk_mb">;

/** Whether a process that is held to `has` can be held to `wants` by lowering alone. */
export function canLower(has: ResolvedLimits, wants: ResolvedLimits): boolean {
  return (
    wants.memory_mb <= has.memory_mb &&
    wants.file_handles <= has.file_handles &&
    fileSizeMb(wants) <= fileSizeMb(has) &&
    wants.processes === has.processes
  );
}

/** Whether there is nothing to lower. */
export function isSame(has: ResolvedLimits, wants: ResolvedLimits): boolean {
  return (
    wants.memory_mb === has.memory_mb &&
    wants.file_handles === has.file_handles &&
    fileSizeMb(wants) === fileSizeMb(has)
  );
}

/** Lowers the rlimits of `pid`, for good. `prlimit` is the program of that name. */
export async function lowerLimits(
  prlimit: string,
  pid: number,
  wants: Lowered,
  dataBaseMb: number,
  signal: AbortSignal,
): Promise<void> {
  const limits = {
    data: (dataBaseMb + wants.memory_mb) * MIB,
    nofile: wants.file_handles,
    fsize: fileSizeMb(wants) * MIB,
  };
  const flags = Object.entries(limits).map(([name, value]) => `--${name}=${value}:${value}`);
  await run(prlimit, ["--pid", String(pid), ...flags], { signal, env: {} });
}

function fileSizeMb(limits: Lowered): number {
  return limits.file_size_mb ?? Math.max(limits.disk_mb, 1);
}
