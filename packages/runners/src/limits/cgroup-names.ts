import { readdirSync, readlinkSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { killGroup } from "./kill-group.ts";
import { ProcessProbe } from "./process-probe.ts";
import { ProcReader } from "./proc-reader.ts";

const NAME_PATTERN = /^berth-(\d+)-(\d+)-(\d+)-[a-z0-9]+\./;
const LONGEST_WORD = 60; // file systems allow 255, and a person reads these

/**
 * What the names of one host's groups begin with: process namespace, pid and start tell a dead host's from a living one's, and a word by
 * chance tells hosts of one process apart.
 */
export function groupPrefix(): string {
  using probe = ProcessProbe.open(new ProcReader(), process.pid);
  const chance = Math.random().toString(36).slice(2, 10) || "0";
  return `berth-${pidNamespace()}-${process.pid}-${probe?.startTicks ?? 0}-${chance}`;
}

export function groupName(prefix: string, word: string, count: number): string {
  return `${prefix}.${word.replaceAll(/[^A-Za-z0-9-]/g, "-").slice(0, LONGEST_WORD)}.${count}`;
}

/** Ends and removes what a killed host left in `folder`. What still has processes is removed by the sweep after. */
export function sweepGroups(folder: string, version: 1 | 2): void {
  for (const name of list(folder)) {
    const [, namespace, pid, startTicks] = NAME_PATTERN.exec(name) ?? [];
    // A pid of another namespace says nothing here.
    if (namespace !== pidNamespace() || isAlive(Number(pid), Number(startTicks))) continue;
    const group = join(folder, name);
    killGroup({ [version === 1 ? "pids" : "unified"]: { version, folder: group } });
    try {
      rmdirSync(group);
    } catch {
      // Its processes are ending.
    }
  }
}

function isAlive(pid: number, startTicks: number): boolean {
  using probe = ProcessProbe.open(new ProcReader(), pid);
  return probe?.startTicks === startTicks;
}

function pidNamespace(): string {
  return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
