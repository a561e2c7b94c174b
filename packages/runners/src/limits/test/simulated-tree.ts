import type { Clock } from "@berth/base";
import type { GovernedTree, TreeFigures } from "../governed-tree.ts";

const MIB = 2 ** 20;

/** What a simulated tree does with a millisecond in which it runs. */
export interface Appetite {
  /** Cores it keeps busy. */
  cores?: number;
  diskMbPerMs?: number;
  memoryMbPerMs?: number;
}

/** Processes that exist by a clock alone: they use what they can while nobody stops them. */
export class SimulatedTree implements GovernedTree {
  readonly looks: number[] = [];
  processes = 1;
  /** Processes that a look does not find before they are discovered. */
  unseen = 0;
  files = 20;
  memoryMb = 0;
  isStopped = false;
  isAlive = true;
  /** All it ever used. */
  cpuMs = 0;
  diskMb = 0;
  #appetite: Appetite = {};
  readonly #clock: Clock;
  #sinceMs: number;
  #seen = { cpuMs: 0, diskMb: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  /** What it does from now on. */
  set appetite(appetite: Appetite) {
    this.#run();
    this.#appetite = appetite;
  }

  /** Somebody else continues it. */
  escape(): void {
    this.#run();
    this.isStopped = false;
  }

  look(): TreeFigures | undefined {
    this.looks.push(this.#clock.monotonicMs());
    this.#run();
    if (!this.isAlive) return undefined;
    const cpuMs = this.cpuMs - this.#seen.cpuMs;
    this.#seen.cpuMs = this.cpuMs;
    return { cpuMs, hasRun: cpuMs > 0, processes: this.processes, isRunningAnyway: !this.isStopped };
  }

  discover(): number {
    this.processes += this.unseen;
    this.unseen = 0;
    return this.processes;
  }

  ioBytes(): number {
    this.#run();
    const bytes = (this.diskMb - this.#seen.diskMb) * MIB;
    this.#seen.diskMb = this.diskMb;
    return bytes;
  }

  ownedBytes(): number {
    this.#run();
    return this.memoryMb * MIB;
  }

  openFiles(): number {
    return this.files;
  }

  deletedBytes(): number {
    return 0;
  }

  stop(): void {
    this.#run();
    this.isStopped = true;
  }

  resume(): void {
    this.#run();
    this.isStopped = false;
  }

  kill(): void {
    this.#run();
    this.isAlive = false;
  }

  [Symbol.dispose](): void {}

  #run(): void {
    const nowMs = this.#clock.monotonicMs();
    const ranMs = this.isStopped || !this.isAlive ? 0 : nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.cpuMs += ranMs * (this.#appetite.cores ?? 0);
    this.diskMb += ranMs * (this.#appetite.diskMbPerMs ?? 0);
    this.memoryMb += ranMs * (this.#appetite.memoryMbPerMs ?? 0);
  }
}
