import type { ProcessUsage } from "./governed.ts";

/** Milliseconds on a clock that all threads of this process share. */
function sharedNowMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

const FIELDS = [
  "isPaused",
  "pausedMs",
  "pausedSinceMs",
  "cpuMs",
  "memoryMb",
  "diskIoMb",
  "diskMb",
  "processes",
  "openFiles",
  "isLetGo",
] as const;
type Field = (typeof FIELDS)[number];
const SLOT: Readonly<Record<Field, number>> = Object.fromEntries(FIELDS.map((name, index) => [name, index])) as never;

/** The figures of one tree in memory that both threads see: reading them costs no message and is never late. */
export class UsageBoard {
  readonly memory: SharedArrayBuffer;
  readonly #figures: Float64Array;

  constructor(memory = new SharedArrayBuffer(FIELDS.length * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#figures = new Float64Array(memory);
  }

  get isPaused(): boolean {
    return this.#get("isPaused") === 1;
  }

  get pausedMs(): number {
    const nowMs = this.isPaused ? sharedNowMs() - this.#get("pausedSinceMs") : 0;
    return this.#get("pausedMs") + Math.max(0, nowMs);
  }

  /** The host is ending: from now on nothing may be stopped. */
  get isLetGo(): boolean {
    return this.#get("isLetGo") === 1;
  }

  letGo(): void {
    this.#set("isLetGo", 1);
  }

  get usage(): ProcessUsage {
    return {
      cpuMs: this.#get("cpuMs"),
      memoryMb: this.#get("memoryMb"),
      diskIoMb: this.#get("diskIoMb"),
      diskMb: this.#get("diskMb"),
      processes: this.#get("processes"),
      openFiles: this.#get("openFiles"),
    };
  }

  write(figures: Partial<ProcessUsage>): void {
    for (const [name, value] of Object.entries(figures) as [keyof ProcessUsage, number][]) this.#set(name, value);
  }

  paused(): void {
    this.#set("pausedSinceMs", sharedNowMs());
    this.#set("isPaused", 1);
  }

  resumed(): void {
    const pausedMs = this.pausedMs;
    this.#set("isPaused", 0);
    this.#set("pausedMs", pausedMs);
  }

  #get(name: Field): number {
    return this.#figures[SLOT[name]]!;
  }

  #set(name: Field, value: number): void {
    this.#figures[SLOT[name]] = value;
  }
}
