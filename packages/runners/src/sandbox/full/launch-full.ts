import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeArguments } from "../argument-list.ts";
import { DESCRIPTORS, DESCRIPTOR_COUNT } from "../launcher-descriptors.ts";
import { refuseOpenDescriptors } from "../open-descriptors.ts";
import { numberedRlimits, prlimitArguments, rlimits } from "../rlimits.ts";
import type { SandboxedProcess } from "../sandboxed-process.ts";
import { type Architecture, callTable } from "../seccomp/call-table.ts";
import { signalQuietly } from "../signal-quietly.ts";
import { spawnChild } from "../spawn-child.ts";
import type { MemoryFolder, SandboxSpec } from "../spec.ts";
import type { SystemEntry } from "../system-view.ts";
import { excessInMemory } from "../temporary-excess.ts";
import { WatchedProcess } from "../watched-process.ts";
import { bwrapArguments } from "./bwrap-arguments.ts";
import { stage } from "./stage.ts";

const PRELUDE = join(import.meta.dirname, "prelude.pl");

/** What {@link launchFull} needs of the machine. */
export interface FullTools {
  bwrap: string;
  /** Takes precedence: it closes what the host may have left open, too. One of the two is needed. */
  perl: string | undefined;
  prlimit: string | undefined;
  architecture: Architecture;
  system: readonly SystemEntry[];
  filter: Uint8Array;
}

/** Starts `spec.command` under rlimits, in namespaces of its own, behind a system call filter. */
export async function launchFull(spec: SandboxSpec, tools: FullTools): Promise<SandboxedProcess> {
  const tasks = taskLimiter(spec, tools);
  const system = tasks === undefined ? tools.system : [...tools.system, { path: tasks[0] }];
  const { spec: reachable, becomeUser } = await stage(spec, tools.perl, tools.architecture);
  const options = encodeArguments(bwrapArguments(reachable, system));
  const command = [...(tasks ?? []), ...spec.command];
  // What it may see and gets in its environment goes through a descriptor: command lines can be read by every user.
  const launcher: [string, ...string[]] = [
    ...limiter(spec, tools),
    tools.bwrap,
    "--args",
    String(DESCRIPTORS.arguments),
    "--",
    ...command,
  ];
  const spawned = await spawnChild(
    becomeUser?.(launcher) ?? launcher,
    DESCRIPTOR_COUNT,
    // What makes places reachable needs the host's rights, and gives them up itself.
    { env: {}, cwd: "/", ...(becomeUser ? {} : spec.user) },
  );
  spawned.descriptor(DESCRIPTORS.arguments).end(options);
  spawned.descriptor(DESCRIPTORS.filter).end(tools.filter);
  return new WatchedProcess(spawned, { endAll: endNamespace, findExcess: excessInMemory(foldersInMemory(spec)) });
}

function foldersInMemory({ limits, memoryFolders = [] }: SandboxSpec): readonly MemoryFolder[] {
  const { temporaryMb } = limits;
  return temporaryMb === 0 ? memoryFolders : [{ at: "/tmp", sizeMb: temporaryMb }, ...memoryFolders];
}

/** The start of a command line that sets the rlimits. */
function limiter(spec: SandboxSpec, { perl, prlimit, architecture }: FullTools): [string, ...string[]] {
  const limits = rlimits(spec);
  if (perl === undefined) {
    refuseOpenDescriptors();
    return [prlimit!, ...prlimitArguments(limits), "--"];
  }
  const { byName } = callTable(architecture);
  const numbers = [process.pid, byName.get("prctl")!, byName.get("prlimit64")!, ...numberedRlimits(limits).flat()];
  // Its text and not its file, which its user may not be able to reach.
  return [perl, "-f", "-e", readFileSync(PRELUDE, "utf8"), ...numbers.map(String), "--"];
}

/**
 * The number of tasks is limited inside, where the namespace counts this sandbox alone: outside, everything of the same user would
 * count, the dead that nobody has collected included. A program that may start none has the filter, and its threads' stacks are
 * memory.
 */
function taskLimiter({ limits }: SandboxSpec, { prlimit }: FullTools): [string, ...string[]] | undefined {
  if (limits.processes === 0 || prlimit === undefined) return undefined;
  return [prlimit, ...prlimitArguments({ nproc: limits.tasks }), "--"];
}

/** The first process is the namespace's init: the kernel ends all the others before it lets that go. */
function endNamespace(init: number): void {
  signalQuietly(init, "SIGKILL");
}
