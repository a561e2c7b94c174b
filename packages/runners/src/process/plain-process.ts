import type { ChildProcess } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { exitOf } from "../sandbox/exit-status.ts";
import type { SandboxedProcess, SandboxExit } from "../sandbox/index.ts";
import { signalQuietly } from "../sandbox/signal-quietly.ts";
import { type SpawnedChild, spawnChild } from "../sandbox/spawn-child.ts";
import { CHANNEL_DESCRIPTOR } from "./places.ts";
import { processTree } from "./process-tree.ts";

/** How a program without a sandbox is started. */
export interface PlainLaunch {
  command: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  workingFolder: string;
  user: { uid: number; gid: number } | undefined;
}

/**
 * A program without any sandbox of the system, for a plugin whose operator accepted that. It leads a process group, by which what it
 * started is ended too as long as it stays there.
 */
export class PlainProcess implements SandboxedProcess {
  readonly child: ChildProcess;
  readonly channel: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly pid: number;
  readonly gone: Promise<SandboxExit>;

  private constructor(spawned: SpawnedChild) {
    const { child, pid } = spawned;
    this.child = child;
    this.pid = pid;
    this.channel = spawned.descriptor(CHANNEL_DESCRIPTOR);
    this.stdout = child.stdout!;
    this.stderr = child.stderr!;
    this.gone = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        signalQuietly(-pid, "SIGKILL");
        resolve(exitOf(code, signal));
      });
    });
  }

  static async launch({ command, env, workingFolder, user }: PlainLaunch): Promise<PlainProcess> {
    const options = { env, cwd: workingFolder, detached: true, ...user };
    return new PlainProcess(await spawnChild(command, 1, options));
  }

  async kill(): Promise<void> {
    for (const pid of processTree(this.pid)) signalQuietly(pid, "SIGKILL");
    signalQuietly(-this.pid, "SIGKILL");
    await this.gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
