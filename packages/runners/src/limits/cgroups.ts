/** What a group holds its processes to. What is missing is not limited by it. */
export interface CgroupLimits {
  /** The runtime's own memory included ({@link MemoryPlan.cgroupMb}). */
  memoryMb?: number;
  /** Of one core. A low share makes a slow start: give it by {@link Cgroup.setCpu} when the plugin is ready. */
  cpuPercent?: number;
  /** Programs the plugin may start; threads have room of their own. A backstop: the exact count is the governor's. */
  processes?: number;
}

/** Counters of a group since it was made. */
export interface CgroupCounters {
  /** Time its threads were ready to run and held back. */
  throttledMs: number;
  oomKills: number;
  /** How often a process or thread more was refused. */
  processesRefused: number;
}

/** Where a group stands in the file system; crosses threads. */
export interface CgroupFiles {
  cpu?: ControllerFolder;
  memory?: ControllerFolder;
  pids?: ControllerFolder;
  /** Its folder in the hierarchy of version 2, which can kill a group at once even where it has no controller. */
  unified?: ControllerFolder;
}

/** Where one controller's files of a group are. */
export interface ControllerFolder {
  version: 1 | 2;
  folder: string;
}

/** A control group for one plugin. */
export interface Cgroup extends AsyncDisposable {
  readonly name: string;
  /** Put a pid into each of these, one pid a write; the order does not matter. */
  readonly procsFiles: readonly string[];
  readonly files: CgroupFiles;
  /** Which limits it holds here: the controllers that could be written. */
  readonly holds: ReadonlySet<keyof CgroupLimits>;
  /** For `sh -c`: puts the shell itself into the group and becomes `"$@"`. */
  readonly joinCommand: string;
  /** Puts a process in, right after it was spawned: what it allocated before stays charged to the host. */
  join(pid: number): Promise<void>;
  /** Of one core; undefined lifts it. */
  setCpu(percent: number | undefined): void;
  /** MiB; undefined lifts it. Lowering below what is used makes the kernel reclaim, then kill. */
  setMemory(memoryMb: number | undefined): void;
  setProcesses(processes: number | undefined): void;
  oomKills(): number;
  /** The most it ever used, MiB, the runtime's own and the cache of files it touched included; 0 where the kernel does not tell. */
  memoryPeak(): number;
  counters(): CgroupCounters;
  /** Kills every process in it, also those that are stopped, and those that are just being made. */
  kill(): Promise<void>;
  /** Kills what is left and removes the group. Idempotent. */
  dispose(): Promise<void>;
}

/** Control groups below the one this process runs in. */
export interface Cgroups extends AsyncDisposable {
  /** `cgroup v1`, `cgroup v2`, `cgroup v1+v2`. */
  readonly mechanism: string;
  readonly holds: ReadonlySet<keyof CgroupLimits>;
  create(name: string, limits: CgroupLimits): Promise<Cgroup>;
}
