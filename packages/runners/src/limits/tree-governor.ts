import { LimitEpisodes } from "@berth/kernel/limit-episodes";
import type { LimitEvent } from "@berth/kernel/runner";
import { DiskWatch } from "./disk-watch.ts";
import type { KilledReason } from "./governed.ts";
import type { GovernedTree, TreeFigures } from "./governed-tree.ts";
import type { GroupWatch } from "./group-watch.ts";
import { describeOverrun } from "./limit-text.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { PACE } from "./pace.ts";
import { RateHold } from "./rate-hold.ts";
import type { ResolvedLimits } from "./resolve-limits.ts";
import type { UsageBoard } from "./usage-board.ts";

const RESTS_AFTER_MS = 2_000;
const SLOW_LOOK_EVERY_MS = 1_000; // for what is told once in ten seconds at most
const DISCOVER_EVERY_MS = 25;
/** One that forks need not be seen to have run: that takes less than a tick of CPU, and touches no memory that is new. */
const DISCOVER_AT_LEAST_EVERY_MS = 1_000;
const MIB = 2 ** 20;

/** What a {@link TreeGovernor} works with. */
export interface TreeGovernorOptions {
  tree: GovernedTree;
  limits: ResolvedLimits;
  ownProcesses: number;
  startCpuPercent?: number | undefined;
  /** Memory of the blank runtime, MiB. */
  baselineMb: number;
  dataFolder?: string | undefined;
  /** How many milliseconds of CPU the machine can give in one. */
  cores: number;
  /** Tells what the tree's control group did. */
  group?: GroupWatch | undefined;
  /** What the group holds: not held here a second time. */
  heldByGroup: ReadonlySet<keyof ResolvedLimits>;
  board: UsageBoard;
  nowMs: number;
  onLimit: (event: LimitEvent) => void;
  onKilled: (reason: KilledReason) => void;
}

/** Holds one tree to its limits: a look reads what it used, stops, continues or ends it, and says when to look again. */
export class TreeGovernor implements Disposable {
  readonly #options: TreeGovernorOptions;
  readonly #tree: GovernedTree;
  readonly #board: UsageBoard;
  readonly #episodes: LimitEpisodes;
  readonly #cpu: RateHold;
  readonly #io: RateHold;
  readonly #memory: MemoryWatch;
  readonly #disk: DiskWatch | undefined;
  readonly #totals = { cpuMs: 0, diskIoMb: 0 };
  #lookedMs: number;
  #ranMs: number;
  #discoveredMs: number;
  #slowMs: number;
  #slowCpuMs = 0;
  #isPaused = false;
  #killed: KilledReason | undefined;

  constructor(options: TreeGovernorOptions) {
    const { tree, limits, nowMs } = options;
    this.#options = options;
    this.#tree = tree;
    this.#board = options.board;
    this.#lookedMs = this.#ranMs = this.#discoveredMs = this.#slowMs = nowMs;
    this.#episodes = new LimitEpisodes(options.onLimit);
    this.#cpu = new RateHold("cpu_percent", options.startCpuPercent ?? limits.cpu_percent, 100);
    this.#io = new RateHold("disk_io_mb_per_sec", limits.disk_io_mb_per_sec, 1_000);
    this.#memory = new MemoryWatch(limits.memory_mb, options.baselineMb);
    if (options.dataFolder !== undefined) {
      this.#disk = new DiskWatch(options.dataFolder, limits.disk_mb * MIB, () => tree.deletedBytes());
    }
  }

  /** Why it was ended, if it was. */
  get killed(): KilledReason | undefined {
    return this.#killed;
  }

  /** From now on its own share of CPU, not that of a start. */
  started(): void {
    this.#cpu.setAllowed(this.#options.limits.cpu_percent);
  }

  /** Reads, decides, acts. Returns in how many milliseconds to look again; undefined when all of it has ended. */
  look(nowMs: number): number | undefined {
    const elapsedMs = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    const figures = this.#tree.look();
    if (!figures) {
      this.conclude();
      return undefined;
    }
    if (this.#killed) return this.#killAgain();
    if (figures.hasRun) this.#ranMs = nowMs;
    const isNear = this.#measure(figures, elapsedMs);
    const overrun = this.#overrun(figures, nowMs) ?? this.#slowLook(nowMs);
    if (overrun) return this.#end(overrun);
    const diskInMs = this.#disk?.step(nowMs);
    const disk = this.#diskOverrun();
    if (disk) return this.#end(disk);
    const wasPaused = this.#isPaused;
    this.#holdBack(figures, nowMs);
    return Math.min(this.#nextLook(wasPaused, isNear, nowMs), diskInMs ?? PACE.restMs);
  }

  /** A last look when all of it has ended: what its control group did meanwhile. */
  conclude(): void {
    const outOfMemory = this.#lookAtGroup(0).find(({ action }) => action === "ended");
    if (outOfMemory) this.#tellEnd(outOfMemory);
  }

  /** Lets it run on. */
  [Symbol.dispose](): void {
    if (this.#isPaused) this.#resume();
    this.#disk?.[Symbol.dispose]();
    this.#tree[Symbol.dispose]();
  }

  /** Takes the figures in; true when one is near its limit. */
  #measure({ cpuMs, hasRun, processes }: TreeFigures, elapsedMs: number): boolean {
    const ioMb = hasRun ? this.#tree.ioBytes() / MIB : 0;
    this.#cpu.advance(elapsedMs, this.#isPaused, cpuMs);
    this.#io.advance(elapsedMs, this.#isPaused, ioMb);
    if (hasRun) {
      this.#memory.advance(elapsedMs, this.#tree.ownedBytes());
      this.#disk?.ran(ioMb * MIB);
    }
    this.#totals.cpuMs += cpuMs;
    this.#totals.diskIoMb += ioMb;
    this.#board.write({
      ...this.#totals,
      memoryMb: this.#memory.usedMb,
      diskMb: (this.#disk?.found?.bytes ?? 0) / MIB,
      processes: Math.max(0, processes - this.#options.ownProcesses),
    });
    return this.#memory.isNear || this.#cpu.isNear(elapsedMs, cpuMs) || this.#io.isNear(elapsedMs, ioMb);
  }

  /** What ends it at once. */
  #overrun({ processes }: TreeFigures, nowMs: number): LimitEvent | undefined {
    const { limits, ownProcesses } = this.#options;
    const count = this.#mayHaveMore(processes, nowMs) ? this.#discover(nowMs) : processes;
    const used = count - ownProcesses;
    if (used > limits.processes) return { limit: "processes", allowed: limits.processes, used, action: "ended" };
    if (!this.#memory.isOver || this.#holds("memory_mb")) return undefined;
    return { limit: "memory_mb", allowed: limits.memory_mb, used: this.#memory.usedMb, action: "ended" };
  }

  #mayHaveMore(processes: number, nowMs: number): boolean {
    const sinceMs = nowMs - this.#discoveredMs;
    if (sinceMs < DISCOVER_EVERY_MS) return false;
    // A launcher that had not started the program yet when the watch began may never run again.
    const isIncomplete = processes < this.#options.ownProcesses;
    // What ran when it was too early to look for its children may rest by now, and its children need not.
    return isIncomplete || this.#ranMs > this.#discoveredMs || sinceMs >= DISCOVER_AT_LEAST_EVERY_MS;
  }

  #discover(nowMs: number): number {
    this.#discoveredMs = nowMs;
    return this.#tree.discover();
  }

  /** What may wait a second. */
  #slowLook(nowMs: number): LimitEvent | undefined {
    const elapsedMs = nowMs - this.#slowMs;
    if (elapsedMs < SLOW_LOOK_EVERY_MS || nowMs - this.#ranMs > elapsedMs) return undefined;
    this.#slowMs = nowMs;
    const allowed = this.#options.limits.file_handles;
    const used = this.#tree.openFiles();
    this.#board.write({ openFiles: used });
    const files: LimitEvent = { limit: "file_handles", allowed, used, action: used > allowed ? "ended" : "refused" };
    const events = [...this.#lookAtGroup(elapsedMs), ...(used >= allowed ? [files] : [])];
    for (const event of events) if (event.action !== "ended") this.#episodes.hit(event, nowMs);
    return events.find(({ action }) => action === "ended");
  }

  #lookAtGroup(elapsedMs: number): LimitEvent[] {
    const cpuMs = this.#totals.cpuMs - this.#slowCpuMs;
    this.#slowCpuMs = this.#totals.cpuMs;
    return this.#options.group?.look(elapsedMs, cpuMs) ?? [];
  }

  #diskOverrun(): LimitEvent | undefined {
    const found = this.#disk?.found;
    if (!found || (found.bytes <= found.allowedBytes && !found.hasHidden)) return undefined;
    const allowed = this.#options.limits.disk_mb;
    return { limit: "disk_mb", allowed, used: Math.max(allowed, found.bytes / MIB), action: "ended" };
  }

  /** Stops what went too fast, and continues it when the debt is paid. */
  #holdBack({ isRunningAnyway }: TreeFigures, nowMs: number): void {
    if (this.#isPaused) {
      if (this.#restMs <= 0) this.#resume();
      else if (isRunningAnyway) this.#board.stopTree(() => this.#tree.stop());
      return;
    }
    const spent = this.#rates.filter((rate) => rate.isSpent);
    for (const rate of spent) this.#episodes.hit(rate.event, nowMs);
    if (spent.length > 0) this.#pause();
  }

  /** The rates that are held by stopping and continuing. */
  get #rates(): readonly RateHold[] {
    return this.#holds("cpu_percent") ? [this.#io] : [this.#cpu, this.#io];
  }

  get #restMs(): number {
    return Math.max(...this.#rates.map(({ restMs }) => restMs));
  }

  #nextLook(wasPaused: boolean, isNear: boolean, nowMs: number): number {
    if (this.#isPaused) return Math.min(PACE.calmMs, Math.max(1, this.#restMs));
    // What was held back until now goes on at full speed.
    if (wasPaused || isNear) return Math.max(PACE.closeMs, Math.min(PACE.nearMs, this.#soonestMs));
    return nowMs - this.#ranMs > RESTS_AFTER_MS ? PACE.restMs : PACE.calmMs;
  }

  /** When a limit may be reached: CPU on all cores, memory at twice its pace. */
  get #soonestMs(): number {
    const cpuMs = this.#holds("cpu_percent") ? Number.POSITIVE_INFINITY : this.#cpu.msLeft(this.#options.cores);
    return Math.min(cpuMs, this.#memory.msLeft / 2);
  }

  #pause(): void {
    this.#board.stopTree(() => {
      this.#isPaused = true;
      this.#board.paused();
      this.#tree.stop();
    });
  }

  #resume(): void {
    this.#tree.resume();
    this.#board.resumed();
    this.#isPaused = false;
  }

  #end(event: LimitEvent): number {
    this.#tree.kill();
    if (this.#isPaused) this.#board.resumed();
    this.#isPaused = false;
    this.#options.onKilled(this.#tellEnd(event));
    return PACE.closeMs;
  }

  /** What was being made while the tree was ended. */
  #killAgain(): number {
    this.#tree.discover();
    this.#tree.kill();
    return PACE.nearMs;
  }

  #tellEnd(event: LimitEvent): KilledReason {
    this.#episodes.hit(event, this.#lookedMs);
    this.#killed = { event, message: describeOverrun(event) };
    return this.#killed;
  }

  #holds(limit: keyof ResolvedLimits): boolean {
    return this.#options.heldByGroup.has(limit);
  }
}
