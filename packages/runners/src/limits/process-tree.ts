import { statSync } from "node:fs";
import type { CgroupFiles } from "./cgroups.ts";
import type { GovernedTree, TreeFigures } from "./governed-tree.ts";
import { killGroup, pidsInGroup } from "./kill-group.ts";
import { ProcessProbe } from "./process-probe.ts";
import type { ProcReader } from "./proc-reader.ts";
import type { ProcessStat } from "./process-stat.ts";

/** A tree that makes processes faster than they can be stopped is met again by the next look, and by then it has less CPU. */
const MOST_ROUNDS = 50;
const FULL_LOOK_EVERY = 8;

interface Member {
  probe: ProcessProbe;
  stat: ProcessStat;
  io: number;
  /** Of a launcher: its CPU time when the watch began. While it only waits for what it launched it uses no more. */
  launchedMs: number | undefined;
}

/** How a tree is found. */
export interface ProcessTreeOptions {
  rootPid: number;
  /** The root's start; another process of that pid is not watched. */
  startTicks: number;
  /** The control group it lives in: lists those too that left their parent. */
  group?: CgroupFiles | undefined;
  /** More members are not told apart: a tree that has them is over its limit anyway. */
  mostMembers: number;
  /** Deleted files on other file systems than this folder's are not counted. */
  dataFolder?: string | undefined;
}

/** A process and its descendants, by /proc. A descendant that was seen once stays a member when its parent ends. */
export class ProcessTree implements GovernedTree {
  readonly #reader: ProcReader;
  readonly #options: ProcessTreeOptions;
  readonly #members = new Map<number, Member>();
  /** Own and children's CPU time, and I/O, of all members at the last look. */
  #cpuMs = 0;
  #io = 0;

  #looks = 0;

  constructor(reader: ProcReader, options: ProcessTreeOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#admit(options.rootPid, (stat) => stat.startTicks === options.startTicks);
    this.discover();
    for (const member of this.#members.values()) {
      member.stat = member.probe.stat() ?? member.stat;
      this.#cpuMs += member.stat.ownCpuMs + member.stat.childrenCpuMs;
      this.#io += member.io = member.probe.ioBytes();
      const launcher = this.#members.get(member.stat.parent);
      if (launcher) launcher.launchedMs = launcher.stat.ownCpuMs;
    }
  }

  /** Of all its members, those included that have just ended. */
  get pids(): number[] {
    return [...this.#members.keys()];
  }

  look(): TreeFigures | undefined {
    // Readings are most of what the governor costs, and launchers hardly ever run.
    const isFull = this.#looks++ % FULL_LOOK_EVERY === 0;
    let totalMs = 0;
    let ownMs = 0;
    let processes = 0;
    let hasRun = false;
    let isRunningAnyway = false;
    for (const [pid, member] of this.#members) {
      const before = member.stat;
      const stat = isFull || !isWaiting(member) ? member.probe.stat() : before;
      if (!stat) {
        this.#drop(pid);
        this.#looks = 0;
        hasRun = true;
        continue;
      }
      member.stat = stat;
      totalMs += stat.ownCpuMs + stat.childrenCpuMs;
      ownMs += Math.max(0, stat.ownCpuMs - before.ownCpuMs);
      hasRun ||= stat.ownCpuMs !== before.ownCpuMs || stat.minorFaults !== before.minorFaults;
      if (stat.isDead) {
        this.#looks = 0;
        continue;
      }
      processes += 1;
      isRunningAnyway ||= !stat.isStopped && !isWaiting(member);
    }
    if (processes === 0) return undefined;
    // A child's time goes over to its parent when that waits for it. What never was waited for is known by its own time alone.
    const cpuMs = Math.max(ownMs, totalMs - this.#cpuMs, 0);
    this.#cpuMs = totalMs;
    return { cpuMs, hasRun, processes, isRunningAnyway };
  }

  discover(): number {
    const { group } = this.#options;
    if (group) for (const pid of pidsInGroup(group)) this.#admit(pid, () => true);
    else this.#walk();
    return this.#members.values().reduce((count, { stat }) => count + (stat.isDead ? 0 : 1), 0);
  }

  ioBytes(): number {
    let total = 0;
    for (const member of this.#members.values()) {
      // What has just ended can no longer be read; its parent takes the figure over.
      member.io = Math.max(member.io, member.probe.ioBytes());
      total += member.io;
    }
    const bytes = Math.max(0, total - this.#io);
    this.#io = total;
    return bytes;
  }

  ownedBytes(): number {
    let bytes = 0;
    for (const { probe, stat } of this.#members.values()) if (!stat.isDead) bytes += probe.ownedBytes(stat.isHeadless);
    return bytes;
  }

  openFiles(): number {
    return Math.max(0, ...[...this.#members.values()].map(({ probe }) => probe.openFiles()));
  }

  deletedBytes(): number {
    const { dataFolder } = this.#options;
    const folder = dataFolder === undefined ? undefined : statSync(dataFolder, { throwIfNoEntry: false });
    if (!folder) return 0;
    const found = new Map<number, number>();
    for (const { probe } of this.#members.values()) probe.deletedFiles(folder.dev, found);
    return found.values().reduce((sum, bytes) => sum + bytes, 0);
  }

  stop(): void {
    // Launchers only wait, and the host is woken each time a child of its own is stopped.
    this.#stopThose((member) => !isWaiting(member));
  }

  resume(): void {
    for (const { probe } of this.#members.values()) probe.signal("SIGCONT");
  }

  kill(): void {
    if (this.#options.group) killGroup(this.#options.group);
    // Stopped first: what cannot run cannot make another while it is being ended.
    this.#stopThose(() => true);
    for (const { probe } of this.#members.values()) probe.signal("SIGKILL");
  }

  [Symbol.dispose](): void {
    for (const pid of this.#members.keys()) this.#drop(pid);
  }

  /** A process made while the others were being stopped is stopped in the next round. */
  #stopThose(isMeant: (member: Member) => boolean): void {
    const done = new Set<number>();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const rest = [...this.#members.values()].filter(({ probe }) => !done.has(probe.pid));
      if (rest.length === 0) return;
      for (const member of rest) {
        done.add(member.probe.pid);
        if (isMeant(member)) member.probe.signal("SIGSTOP");
      }
      this.discover();
    }
  }

  #walk(): void {
    const known = [...this.#members.values()];
    for (let parent = known.pop(); parent; parent = known.pop()) {
      const { pid } = parent.probe;
      for (const child of parent.probe.children()) {
        // Between listing and opening the pid may have become another's.
        const added = this.#admit(child, (stat) => stat.parent === pid);
        if (added) known.push(added);
      }
    }
  }

  #admit(pid: number, isRight: (stat: ProcessStat) => boolean): Member | undefined {
    if (this.#members.has(pid) || this.#members.size >= this.#options.mostMembers) return undefined;
    const probe = ProcessProbe.open(this.#reader, pid);
    const stat = probe?.stat();
    if (!probe || !stat || !isRight(stat)) {
      probe?.[Symbol.dispose]();
      return undefined;
    }
    // From nothing: all that a new member used is the tree's.
    const member = { probe, stat: { ...stat, ownCpuMs: 0, childrenCpuMs: 0 }, io: 0, launchedMs: undefined };
    this.#members.set(pid, member);
    return member;
  }

  #drop(pid: number): void {
    this.#members.get(pid)?.probe[Symbol.dispose]();
    this.#members.delete(pid);
  }
}

/** Whether it is a launcher that has done nothing since the watch began. */
function isWaiting({ stat, launchedMs }: Member): boolean {
  return stat.ownCpuMs === launchedMs;
}
