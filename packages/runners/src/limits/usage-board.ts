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
] as const;
type Field = (typeof FIELDS)[number];
const SLOT: Readonly<Record<Field, number>> = Object.fromEntries(FIELDS.map((name, index) => [name, index])) as never;

const FIGURE_BYTES = FIELDS.length * Float64Array.BYTES_PER_ELEMENT;

/** What may happen to the tree: any of these at a time. */
const BEING_STOPPED = 1;
const LET_GO = 2;
/** To stop a tree takes milliseconds; a thread that needs longer will not come back. */
const STOPPED_WITHIN_MS = 1_000;

/** The figures of one tree in memory that both threads see: reading them costs no message and is never late. */
export class UsageBoard {
  readonly memory: SharedArrayBuffer;
  readonly #figures: Float64Array;
  readonly #gate: Int32Array<SharedArrayBuffer>;

  constructor(memory = new SharedArrayBuffer(FIGURE_BYTES + Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#figures = new Float64Array(memory, 0, FIELDS.length);
    this.#gate = new Int32Array(memory, FIGURE_BYTES, 1);
  }

  get isPaused(): boolean {
    return this.#get("isPaused") === 1;
  }

  get pausedMs(): number {
    const nowMs = this.isPaused ? sharedNowMs() - this.#get("pausedSinceMs") : 0;
    return this.#get("pausedMs") + Math.max(0, nowMs);
  }

  /** Does `stop` to the tree, unless the host is ending. */
  stopTree(stop: () => void): void {
    if (Atomics.compareExchange(this.#gate, 0, 0, BEING_STOPPED) !== 0) return;
    try {
      stop();
    } finally {
      Atomics.and(this.#gate, 0, ~BEING_STOPPED);
      Atomics.notify(this.#gate, 0);
    }
  }

  /**
   * The host is ending: from now on nothing may be stopped. Waits for what is being stopped just now, since its thread ends with the
   * host, maybe between the signal and whatever it would do next.
   */
  letGo(): void {
    Atomics.or(this.#gate, 0, LET_GO);
    Atomics.wait(this.#gate, 0, BEING_STOPPED | LET_GO, STOPPED_WITHIN_MS);
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
