import type { Clock } from "@berth/base";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { CgroupFiles, CgroupLimits } from "./cgroups.ts";
import { HostCgroup } from "./host-cgroup.ts";

/** What the trial sets: more than any machine would refuse. */
const TRIAL_LIMITS = { memoryMb: 64, cpuPercent: 50, processes: 8 } as const satisfies CgroupLimits;

/** Makes a group, sets a limit, puts a real process in, and removes it. Throws when one of these cannot be done. */
export async function tryGroup(name: string, files: CgroupFiles, clock: Clock): Promise<void> {
  await using group = await HostCgroup.create(name, files, trialLimits(files), clock);
  await using child = await spawnWaiting();
  await group.join(child.pid);
}

function trialLimits({ memory, cpu, pids }: CgroupFiles): CgroupLimits {
  return {
    ...(memory ? { memoryMb: TRIAL_LIMITS.memoryMb } : {}),
    ...(cpu ? { cpuPercent: TRIAL_LIMITS.cpuPercent } : {}),
    ...(pids ? { processes: TRIAL_LIMITS.processes } : {}),
  };
}

/** A small process that does nothing until it is disposed of, or its host is gone. */
export async function spawnWaiting(script = "read line"): Promise<AsyncDisposable & { pid: number }> {
  const child = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"], env: {} });
  await once(child, "spawn");
  return {
    pid: child.pid!,
    [Symbol.asyncDispose]: async () => {
      const exited = child.exitCode ?? child.signalCode ?? once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}
