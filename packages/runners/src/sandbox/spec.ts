import type { SandboxLevel } from "./level.ts";

/** A folder or file of the machine that the program may see. */
export interface SandboxMount {
  /** Where it lies: absolute, and as it is, not through a link that a plugin could have placed. */
  from: string;
  /**
   * Where it appears: absolute. Only `full` has a view of its own; at the other levels it appears where it lies, see
   * {@link seenAt}.
   */
  to: string;
  isWritable: boolean;
  /** Leave it out when it is not there, instead of failing. */
  isOptional?: boolean;
}

/** A folder in memory. */
export interface MemoryFolder {
  /** Absolute, as seen inside. */
  at: string;
  sizeMb: number;
}

/**
 * How much of the installed system the program needs: `libraries` is what an executable loads (the Node.js binary itself is a
 * mount), `programs` adds every installed program and interpreter.
 */
export type SystemView = "libraries" | "programs";

/** Socket families that a filter can let through. In `full` they reach an empty network namespace of the program's own. */
export type SocketFamily = "unix" | "inet";

/** What the system holds a sandboxed program to. */
export interface SandboxLimits {
  /** Private writable memory of each process, MiB, above {@link SandboxSpec.dataBaseMb}. */
  memoryMb: number;
  /** Open files of each process. */
  fileHandles: number;
  /** Largest file it may write, MiB. */
  fileSizeMb: number;
  /** Programs it may start; with 0 the kernel refuses every fork. Above 0 the number itself is for the caller to watch. */
  processes: number;
  /** Threads and processes together, a ceiling against bombs. Held where the program has a uid or user namespace of its own. */
  tasks: number;
  /** Its `/tmp`, MiB; 0 for none. */
  temporaryMb: number;
}

/** What to run, and all that it may see. */
export interface SandboxSpec {
  /** Program and arguments, with paths as seen inside. */
  command: readonly [string, ...string[]];
  /** The whole environment; names as the program gets them. */
  env: Readonly<Record<string, string>>;
  /** What of the installed system it sees, read-only. */
  system: SystemView;
  mounts: readonly SandboxMount[];
  /** Empty writable folders that are gone with it, beside `/tmp`. Only `full` has them: they take a view of its own. */
  memoryFolders?: readonly MemoryFolder[];
  /** Folders of mounts, as seen inside, whose content is not shown. Only `full` can do that. */
  covered?: readonly string[];
  /** As seen inside. */
  workingFolder: string;
  limits: SandboxLimits;
  /** What the idle program already counts as private writable memory, MiB: see `SandboxFactory.dataBaseMb`. */
  dataBaseMb: number;
  /** Whom it runs as, when the host is root: see `UidRange`. Without it a root host is refused. */
  user?: { uid: number; gid: number };
  /** None unless named: a plugin reaches the network through its channel. */
  socketFamilies?: readonly SocketFamily[];
  /** System calls refused on top of those refused to all, by name. */
  deniedSystemCalls?: readonly string[];
}

/** Where the program finds `mount` at `level`; use it for every path in command, environment and working folder. */
export function seenAt(level: SandboxLevel, mount: SandboxMount): string {
  return level === "full" ? mount.to : mount.from;
}
