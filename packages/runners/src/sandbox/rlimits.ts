import type { SandboxSpec } from "./spec.ts";

const MIB = 2 ** 20;

/** Stacks are not counted as data, so they must not grow past what a main thread has by default. */
const STACK_BYTES = 8 * MIB;

/** The monitor, which counts too. */
const OWN_TASKS = 1;

/** Limits for one process and its descendants, by the names of `prlimit(1)`, in bytes or counts. */
export function rlimits(spec: Pick<SandboxSpec, "limits" | "dataBaseMb">): Record<string, number> {
  const { limits } = spec;
  return {
    data: (spec.dataBaseMb + limits.memoryMb) * MIB,
    nofile: limits.fileHandles,
    fsize: limits.fileSizeMb * MIB,
    stack: STACK_BYTES,
    core: 0,
    msgqueue: 0,
    memlock: 0,
  };
}

/** Counts all that the user runs, so outside a user namespace only a user of the plugin's own can be held to it. */
export function taskRlimit(spec: Pick<SandboxSpec, "limits" | "user">): Record<string, number> {
  return spec.user === undefined ? {} : { nproc: spec.limits.tasks + OWN_TASKS };
}

/** The same as arguments of `prlimit`, soft and hard alike. */
export function prlimitArguments(limits: Record<string, number>): string[] {
  return Object.entries(limits).map(([name, value]) => `--${name}=${value}:${value}`);
}

/** `RLIMIT_*` of `asm-generic/resource.h`, for a launcher that makes the system call itself. */
const NUMBERS: Readonly<Record<string, number>> = {
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  msgqueue: 12,
};

/** The same by number. */
export function numberedRlimits(limits: Record<string, number>): [resource: number, value: number][] {
  return Object.entries(limits).map(([name, value]) => [NUMBERS[name]!, value]);
}
