import { type Clock, errorMessage, sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readCgroupCounters, readMemoryPeak } from "./cgroup-counters.ts";
import { setCpu, setMemory, setProcesses } from "./cgroup-settings.ts";
import type { Cgroup, CgroupCounters, CgroupFiles, CgroupLimits, ControllerFolder } from "./cgroups.ts";
import { foldersOf, killGroup, pidsInGroup } from "./kill-group.ts";

const REMOVED_WITHIN_MS = 5_000; // a killed process goes when its system call ends: on a slow disk, seconds
const RETRY_MS = [1, 2, 5, 10, 20, 50] as const;

/** A control group that this process made. */
export class HostCgroup implements Cgroup {
  readonly name: string;
  readonly files: CgroupFiles;
  readonly holds: ReadonlySet<keyof CgroupLimits>;
  readonly #clock: Clock;
  #removal: Promise<void> | undefined;
  #isRemoved = false;

  private constructor(name: string, files: CgroupFiles, clock: Clock) {
    this.name = name;
    this.files = files;
    this.holds = heldBy(files);
    this.#clock = clock;
  }

  /** Makes the folders and sets the limits; removes all again when one fails. */
  static async create(name: string, files: CgroupFiles, limits: CgroupLimits, clock: Clock): Promise<HostCgroup> {
    const group = new HostCgroup(name, files, clock);
    try {
      for (const { folder } of foldersOf(files)) await mkdir(folder);
      if (limits.memoryMb !== undefined) group.setMemory(limits.memoryMb);
      if (limits.cpuPercent !== undefined) group.setCpu(limits.cpuPercent);
      if (limits.processes !== undefined) group.setProcesses(limits.processes);
      return group;
    } catch (error) {
      await group.dispose();
      throw error;
    }
  }

  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  get procsFiles(): readonly string[] {
    return foldersOf(this.files).map(({ folder }) => join(folder, "cgroup.procs"));
  }

  get joinCommand(): string {
    const files = this.procsFiles.map((path) => `'${path.replaceAll("'", String.raw`'\''`)}'`).join(" ");
    return `for file in ${files}; do echo $$ > "$file" || exit 126; done; exec "$@"`;
  }

  async join(pid: number): Promise<void> {
    for (const file of this.procsFiles) {
      await this.#attempt(`put process ${pid} into`, () => writeFile(file, String(pid), { flag: "r+" }));
    }
  }

  setCpu(percent: number | undefined): void {
    this.#set("cpu", (folder) => setCpu(folder, percent));
  }

  setMemory(memoryMb: number | undefined): void {
    this.#set("memory", (folder) => setMemory(folder, memoryMb));
  }

  setProcesses(processes: number | undefined): void {
    this.#set("pids", (folder) => setProcesses(folder, processes));
  }

  oomKills(): number {
    return this.counters().oomKills;
  }

  memoryPeak(): number {
    return readMemoryPeak(this.files.memory);
  }

  counters(): CgroupCounters {
    return readCgroupCounters(this.files);
  }

  async kill(): Promise<void> {
    const untilMs = this.#clock.monotonicMs() + REMOVED_WITHIN_MS;
    for (let round = 0; pidsInGroup(this.files).length > 0; round++) {
      killGroup(this.files);
      if (this.#clock.monotonicMs() > untilMs) throw this.#error("end the processes of", "they do not go");
      await this.#wait(round);
    }
  }

  dispose(): Promise<void> {
    this.#removal ??= this.#remove();
    return this.#removal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #remove(): Promise<void> {
    await this.kill();
    for (const { folder } of foldersOf(this.files)) await this.#removeFolder(folder);
    this.#isRemoved = true;
  }

  /** The last process may be seen to be gone a moment before the group is free. */
  async #removeFolder(folder: string): Promise<void> {
    const untilMs = this.#clock.monotonicMs() + REMOVED_WITHIN_MS;
    for (let round = 0; ; round++) {
      try {
        await rmdir(folder);
        return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ENOENT") return;
        if (code !== "EBUSY" || this.#clock.monotonicMs() > untilMs) throw this.#error("remove", error);
      }
      killGroup(this.files);
      await this.#wait(round);
    }
  }

  #wait(round: number): Promise<void> {
    return sleep(this.#clock, RETRY_MS[Math.min(round, RETRY_MS.length - 1)]!);
  }

  #set(controller: "cpu" | "memory" | "pids", set: (folder: ControllerFolder) => void): void {
    const folder = this.files[controller];
    if (!folder) throw this.#error(`limit the ${controller} of`, "there is no such controller here");
    try {
      set(folder);
    } catch (error) {
      // A group that was removed holds nobody.
      if (!this.#removal) throw this.#error(`limit the ${controller} of`, error);
    }
  }

  async #attempt(action: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw this.#error(action, error);
    }
  }

  #error(action: string, cause: unknown): HostError {
    const why = typeof cause === "string" ? cause : errorMessage(cause);
    return new HostError("TIER_UNAVAILABLE", `Cannot ${action} control group "${this.name}": ${why}`, { cause });
  }
}

export function heldBy({ memory, cpu, pids }: CgroupFiles): ReadonlySet<keyof CgroupLimits> {
  return new Set([
    ...(memory ? (["memoryMb"] as const) : []),
    ...(cpu ? (["cpuPercent"] as const) : []),
    ...(pids ? (["processes"] as const) : []),
  ]);
}
