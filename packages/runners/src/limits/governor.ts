import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { HostError } from "@berth/contract";
import { type Clock, errorMessage, systemClock } from "@berth/base";
import type { GovernedProcess, GovernedTarget, KilledReason, ProcessUsage } from "./governed.ts";
import type { GovernorReport, GovernorRequest } from "./governor-messages.ts";
import { ProcReader } from "./proc-reader.ts";
import { ProcessProbe } from "./process-probe.ts";
import { ProcessTree } from "./process-tree.ts";
import { UsageBoard } from "./usage-board.ts";

const CLOSE_WITHIN_MS = 2_000; // a look takes a millisecond; a thread that needs longer will not come back

/** Set by the build: bundled code finds its thread's file beside it. */
declare const BERTH_BUNDLED: true | undefined;

interface Entry {
  target: GovernedTarget;
  startTicks: number;
  board: UsageBoard;
  released: PromiseWithResolvers<KilledReason | undefined>;
  isReleasing: boolean;
}

/**
 * Holds trees of processes to their limits by looking at /proc, stopping, continuing and killing: works for an ordinary user
 * without any set-up. One for all plugins of a host; it works in a thread of its own, which ends with the host.
 *
 * What it stopped is continued when it is disposed of and when the host exits. A host that is killed outright cannot do that: a
 * plugin must then die with its parent, as the sandbox sees to.
 *
 * A program whose parent ends before anybody saw it leaves the tree, and a bomb of such programs outruns every look. So a plugin
 * that may start programs belongs in a pid namespace or a control group, which nothing leaves.
 */
export class Governor implements AsyncDisposable {
  readonly #entries = new Map<number, Entry>();
  readonly #reader = new ProcReader();
  readonly #clock: Clock;
  readonly #resumeAtExit = (): void => this.#resumeAll();
  #worker: Worker | undefined;
  #ready: PromiseWithResolvers<void> | undefined;
  #lastId = 0;
  #releasing = 0;
  #isClosed = false;

  constructor({ clock = systemClock }: { clock?: Clock } = {}) {
    this.#clock = clock;
  }

  /** Starts the thread, which takes tens of milliseconds, so that the first plugin does not run ungoverned meanwhile. */
  async start(): Promise<void> {
    this.#open();
    await this.#ready?.promise;
  }

  /**
   * Watches the tree of a child of this process from now on.
   *
   * @throws HostError TIER_UNAVAILABLE where there is no /proc, PLUGIN_FAILED when the process has ended already.
   */
  watch(target: GovernedTarget): GovernedProcess {
    const startTicks = this.#startOf(target);
    this.#open();
    const id = ++this.#lastId;
    const entry: Entry = {
      target,
      startTicks,
      board: new UsageBoard(),
      released: Promise.withResolvers(),
      isReleasing: false,
    };
    this.#entries.set(id, entry);
    this.#send({ type: "watch", id, spec: specOf(entry) });
    return this.#handle(id, entry);
  }

  /** Lets go of everything it watches; what stands still goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => void worker.once("exit", () => resolve()));
    worker.ref();
    this.#send({ type: "close" });
    this.#worker = undefined;
    process.off("exit", this.#resumeAtExit);
    this.#ready?.reject(new HostError("INVARIANT_BROKEN", "Cannot govern plugins: the governor was closed"));
    {
      using _timer = this.#clock.setTimer(() => void worker.terminate(), CLOSE_WITHIN_MS);
      await ended;
    }
    this.#resumeAll();
    for (const { released } of this.#entries.values()) released.resolve(undefined);
    this.#entries.clear();
  }

  #startOf({ plugin, pid }: GovernedTarget): number {
    using probe = ProcessProbe.open(this.#reader, pid);
    if (probe) return probe.startTicks;
    throw existsSync("/proc/self/stat")
      ? new HostError("PLUGIN_FAILED", `Cannot watch plugin "${plugin}": its process ${pid} has ended`)
      : new HostError("TIER_UNAVAILABLE", `Cannot watch plugin "${plugin}": this system has no /proc`);
  }

  #handle(id: number, entry: Entry): GovernedProcess {
    const { board, released, target } = entry;
    return new Governed(board, {
      started: () => {
        if (target.cgroup?.holds.has("cpuPercent")) target.cgroup.setCpu(target.limits.cpu_percent);
        this.#send({ type: "started", id });
      },
      release: () => {
        if (!entry.isReleasing && this.#entries.has(id)) this.#askToRelease(id);
        entry.isReleasing = true;
        return released.promise;
      },
    });
  }

  /** Whoever waits for the answer must not find the process at its end. */
  #askToRelease(id: number): void {
    this.#releasing += 1;
    this.#worker?.ref();
    this.#send({ type: "release", id });
  }

  #open(): void {
    if (this.#worker) return;
    if (this.#isClosed) throw new HostError("INVARIANT_BROKEN", "Cannot govern plugins: the governor is closed");
    const file =
      typeof BERTH_BUNDLED === "undefined"
        ? new URL("./governor-worker.ts", import.meta.url)
        : new URL("./governor-worker.js", import.meta.url);
    const worker = new Worker(file, { name: "berth-governor", execArgv: [], env: {} });
    worker.on("message", (report: GovernorReport) => this.#hear(report));
    worker.on("error", (error) => this.#fail(worker, `the governor failed: ${errorMessage(error)}`));
    worker.on("exit", () => this.#fail(worker, "the governor ended"));
    this.#ready = Promise.withResolvers();
    this.#ready.promise.catch(() => {}); // told to every plugin that is watched, whoever awaits the start or not
    this.#worker = worker;
    process.on("exit", this.#resumeAtExit);
  }

  #send(request: GovernorRequest): void {
    this.#worker?.postMessage(request);
  }

  #hear(report: GovernorReport): void {
    if (report.type === "ready") {
      this.#ready?.resolve();
      // Not before: whoever awaits the start must not find the process at its end. Not later: a host may end with nothing to do.
      if (this.#releasing === 0) this.#worker?.unref();
      return;
    }
    const entry = this.#entries.get(report.id);
    if (!entry) return;
    switch (report.type) {
      case "limit":
        entry.target.onLimit(report.event);
        return;
      case "killed":
        entry.target.onKilled(report.reason);
        return;
      case "released":
        this.#entries.delete(report.id);
        this.#releasing -= 1;
        if (this.#releasing === 0) this.#worker?.unref();
        entry.released.resolve(report.reason);
    }
  }

  /** Fails closed: what nobody governs any more is ended. */
  #fail(worker: Worker, message: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    process.off("exit", this.#resumeAtExit);
    this.#ready?.reject(new HostError("INVARIANT_BROKEN", `Cannot govern plugins: ${message}`));
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    this.#releasing = 0;
    for (const entry of entries) {
      using tree = this.#treeOf(entry);
      tree.kill();
      entry.released.resolve({ message });
      entry.target.onKilled({ message });
    }
  }

  #resumeAll(): void {
    for (const entry of this.#entries.values()) {
      entry.board.letGo();
      if (!entry.board.isPaused) continue;
      using tree = this.#treeOf(entry);
      tree.resume();
      entry.board.resumed();
    }
  }

  #treeOf({ target, startTicks }: Entry): ProcessTree {
    const group = target.cgroup?.files;
    return new ProcessTree(this.#reader, { rootPid: target.pid, startTicks, group, mostMembers: MOST_MEMBERS });
  }
}

const MOST_MEMBERS = 10_000;

function specOf({ target, startTicks, board }: Entry): Extract<GovernorRequest, { type: "watch" }>["spec"] {
  const { cgroup } = target;
  return {
    pid: target.pid,
    startTicks,
    limits: target.limits,
    ownProcesses: target.ownProcesses ?? 1,
    startCpuPercent: target.startCpuPercent,
    baselineMb: target.baseline?.residentMb ?? 0,
    dataFolder: target.dataFolder,
    group: cgroup && { files: cgroup.files, before: cgroup.counters() },
    heldByGroup: [
      ...(cgroup?.holds.has("memoryMb") ? (["memory_mb"] as const) : []),
      ...(cgroup?.holds.has("cpuPercent") ? (["cpu_percent"] as const) : []),
    ],
    cores: availableParallelism(),
    board: board.memory,
  };
}

/** A class for its getters: own ones would be kept, with all they know, until a long collection of garbage. */
class Governed implements GovernedProcess {
  readonly #board: UsageBoard;
  readonly #governor: Pick<GovernedProcess, "started" | "release">;

  constructor(board: UsageBoard, governor: Pick<GovernedProcess, "started" | "release">) {
    this.#board = board;
    this.#governor = governor;
  }

  get isPaused(): boolean {
    return this.#board.isPaused;
  }

  get pausedMs(): number {
    return this.#board.pausedMs;
  }

  get usage(): ProcessUsage {
    return this.#board.usage;
  }

  started(): void {
    this.#governor.started();
  }

  release(): Promise<KilledReason | undefined> {
    return this.#governor.release();
  }
}
