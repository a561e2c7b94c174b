import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CgroupCounters, CgroupFiles, ControllerFolder } from "./cgroups.ts";

const MIB = 2 ** 20;
const NS_PER_MS = 1_000_000;
const US_PER_MS = 1_000;

/** Reads what a group's controllers counted; 0 for what is not there. Works in any thread. */
export function readCgroupCounters({ cpu, memory, pids }: CgroupFiles): CgroupCounters {
  return {
    throttledMs: throttledMs(cpu),
    oomKills: oomKills(memory),
    processesRefused: read(pids, "pids.events", "max"),
  };
}

/** The most memory it ever used, MiB. */
export function readMemoryPeak(memory: ControllerFolder | undefined): number {
  return read(memory, memory?.version === 1 ? "memory.max_usage_in_bytes" : "memory.peak") / MIB;
}

function throttledMs(cpu: ControllerFolder | undefined): number {
  return cpu?.version === 1
    ? read(cpu, "cpu.stat", "throttled_time") / NS_PER_MS
    : read(cpu, "cpu.stat", "throttled_usec") / US_PER_MS;
}

function oomKills(memory: ControllerFolder | undefined): number {
  return read(memory, memory?.version === 1 ? "memory.oom_control" : "memory.events", "oom_kill");
}

/** The number after `name` at the start of a line; the only one of the file without a name. */
function read(from: ControllerFolder | undefined, file: string, name = ""): number {
  if (!from) return 0;
  try {
    const lines = readFileSync(join(from.folder, file), "latin1").split("\n");
    const line = lines.find((each) => name === "" || each.startsWith(`${name} `)) ?? "";
    return Number(line.slice(name.length)) || 0;
  } catch {
    return 0;
  }
}
