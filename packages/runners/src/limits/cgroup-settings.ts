import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ControllerFolder } from "./cgroups.ts";

const PERIOD_US = 100_000;
const MIB = 2 ** 20;
const TASKS_OF_A_RUNTIME = 64; // launcher, runtime and its threads: a Node.js has 7 to 20
const TASKS_OF_A_PROGRAM = 16; // a program that the plugin may start has threads too

/** Undefined lifts the limit. Throws what the file system throws. */
export function setMemory({ version, folder }: ControllerFolder, memoryMb: number | undefined): void {
  const bytes = memoryMb === undefined ? undefined : Math.round(memoryMb * MIB);
  if (version === 2) {
    write(folder, "memory.max", bytes ?? "max");
    // One process of a plugin that is gone leaves the others in an unknown state.
    tryWrite(folder, "memory.oom.group", 1);
    tryWrite(folder, "memory.swap.max", bytes === undefined ? "max" : 0);
    return;
  }
  tryWrite(folder, "memory.swappiness", bytes === undefined ? 60 : 0);
  setMemoryV1(folder, bytes ?? -1);
}

/** Memory with swap may never be below memory: which one goes first depends on the direction. */
function setMemoryV1(folder: string, bytes: number): void {
  const withSwap = (): void => tryWrite(folder, "memory.memsw.limit_in_bytes", bytes);
  withSwap();
  write(folder, "memory.limit_in_bytes", bytes);
  withSwap();
}

/** Of one core; undefined lifts it. */
export function setCpu({ version, folder }: ControllerFolder, percent: number | undefined): void {
  const quotaUs = percent === undefined ? undefined : Math.round((percent * PERIOD_US) / 100);
  if (version === 2) {
    write(folder, "cpu.max", `${quotaUs ?? "max"} ${PERIOD_US}`);
    return;
  }
  write(folder, "cpu.cfs_period_us", PERIOD_US);
  try {
    write(folder, "cpu.cfs_quota_us", quotaUs ?? -1);
  } catch (error) {
    // A share larger than the group above has is refused; that one holds us then.
    if (!isRefusedByParent(error, folder)) throw error;
    write(folder, "cpu.cfs_quota_us", -1);
  }
}

/** Programs the plugin may start; undefined lifts it. */
export function setProcesses({ folder }: ControllerFolder, processes: number | undefined): void {
  write(folder, "pids.max", processes === undefined ? "max" : TASKS_OF_A_RUNTIME + processes * TASKS_OF_A_PROGRAM);
}

function isRefusedByParent(error: unknown, folder: string): boolean {
  const parentQuota = Number(readFileSync(join(dirname(folder), "cpu.cfs_quota_us"), "latin1"));
  return (error as NodeJS.ErrnoException).code === "EINVAL" && parentQuota > 0;
}

/** Only into what the kernel made: a file that is missing must not become an ordinary one. */
function write(folder: string, file: string, value: number | string): void {
  writeFileSync(join(folder, file), String(value), { flag: "r+" });
}

/** For what some kernels do not have. */
function tryWrite(folder: string, file: string, value: number | string): void {
  try {
    write(folder, file, value);
  } catch {
    // The limit on memory itself is written, and would throw.
  }
}
