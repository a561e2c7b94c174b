import { chown, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@berth/base";
import { type Cgroup, memoryPlan, type ResolvedLimits } from "../limits/index.ts";
import { processState } from "../sandbox/proc.ts";
import { giveFolder, type SandboxedProcess, type SandboxSpec, type SandboxUser } from "../sandbox/index.ts";
import type { HostMachine } from "./host-machine.ts";
import { PlainProcess } from "./plain-process.ts";
import { PluginProcess } from "./plugin-process.ts";
import { processTree } from "./process-tree.ts";
import type { UserlessSpec } from "./sandbox-specs.ts";

/** What is to be started. */
export interface StartOptions {
  machine: HostMachine;
  clock: Clock;
  /** Of the plugin, or what stands for one: decides whom it runs as. */
  name: string;
  limits: ResolvedLimits;
  /** What it uses before it does anything, MiB. */
  blankMb: number;
  /** Made its user's own. */
  dataFolder: string | undefined;
  /** `temporary` is a folder of its own for temporary files, where no sandbox makes one. */
  spec(temporary: string | undefined): UserlessSpec;
  isExternal: boolean;
}

/** Starts a process in the firmest sandbox there is. All that was taken for it is given back when it fails. */
export async function startProcess(options: StartOptions, signal: AbortSignal): Promise<PluginProcess> {
  const { machine, clock, name, dataFolder, isExternal } = options;
  await using owned = new AsyncDisposableStack();
  const user = machine.parts.factory.userFor(name);
  if (user) owned.use(user);
  if (user && dataFolder !== undefined) await giveFolder(dataFolder, user, signal);
  const cgroup = await createGroup(options);
  if (cgroup) owned.use(cgroup);
  const temporary = machine.level === "none" ? await temporaryFolder(owned, user) : undefined;
  const spec: SandboxSpec = { ...options.spec(temporary), ...(user ? { user: { uid: user.uid, gid: user.gid } } : {}) };
  const sandboxed = owned.use(await launch(machine, spec, signal));
  // At once: what a process says that ends at once is lost unless somebody reads it from the start.
  const { governor } = machine.parts;
  const process = new PluginProcess({ clock, sandboxed, isExternal, governor, cgroup, owned: owned.move() });
  try {
    if (cgroup) await joinAll(cgroup, sandboxed.pid);
    return process;
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

async function temporaryFolder(owner: AsyncDisposableStack, user: SandboxUser | undefined): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "berth-"));
  owner.defer(() => rm(folder, { recursive: true, force: true }));
  if (user) await chown(folder, user.uid, user.gid);
  return folder;
}

async function createGroup({ machine, name, limits, blankMb }: StartOptions): Promise<Cgroup | undefined> {
  const { cgroups } = machine.parts;
  if (!cgroups) return undefined;
  const { cgroupMb } = memoryPlan(limits.memory_mb, { dataMb: 0, residentMb: blankMb });
  return cgroups.create(name, {
    ...(cgroups.holds.has("memoryMb") ? { memoryMb: cgroupMb } : {}),
    ...(cgroups.holds.has("processes") ? { processes: limits.processes } : {}),
  });
}

function launch(machine: HostMachine, spec: SandboxSpec, signal: AbortSignal): Promise<SandboxedProcess> {
  if (machine.level !== "none") return machine.parts.factory.launch(spec, signal);
  const { command, env, workingFolder, user } = spec;
  return PlainProcess.launch({ command, env, workingFolder, user });
}

/** What was started meanwhile is put in too; what those start then, is in from the start. */
async function joinAll(cgroup: Cgroup, root: number): Promise<void> {
  const joined = new Set<number>();
  for (let left = [root]; left.length > 0; left = processTree(root).filter((pid) => !joined.has(pid))) {
    for (const pid of left) {
      joined.add(pid);
      await joinOne(cgroup, pid);
    }
  }
}

async function joinOne(cgroup: Cgroup, pid: number): Promise<void> {
  try {
    await cgroup.join(pid);
  } catch (error) {
    // One that has ended needs no group; why it did will be told.
    if (processState(pid) !== undefined) throw error;
  }
}
