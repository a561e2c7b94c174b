import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ResolvedLimits } from "../limits/index.ts";
import type { SandboxUser } from "../sandbox/index.ts";
import { fileSizeMb } from "./sandbox-specs.ts";

const MIB = 2 ** 20;
const run = promisify(execFile);

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

/** What {@link lowerLimits} needs. */
export interface LowerOptions {
  /** The program of that name. */
  prlimit: string;
  pid: number;
  /** Whom the process runs as, where that is not the host's user: only they may do it everywhere. */
  user: SandboxUser | undefined;
  wants: Pick<ResolvedLimits, "memory_mb" | "file_handles" | "file_size_mb" | "disk_mb">;
  /** See `SandboxSpec.dataBaseMb`. */
  dataBaseMb: number;
}

/** Lowers the rlimits of a process, for good. */
export async function lowerLimits(options: LowerOptions, signal: AbortSignal): Promise<void> {
  const { prlimit, pid, user, wants, dataBaseMb } = options;
  const limits = {
    data: (dataBaseMb + wants.memory_mb) * MIB,
    nofile: wants.file_handles,
    fsize: fileSizeMb(wants) * MIB,
  };
  const flags = Object.entries(limits).map(([name, value]) => `--${name}=${value}:${value}`);
  const as = user ? { uid: user.uid, gid: user.gid } : {};
  await run(prlimit, ["--pid", String(pid), ...flags], { signal, env: {}, cwd: "/", ...as });
}
