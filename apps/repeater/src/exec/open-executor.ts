import { type Clock, systemClock } from "@berth/base";
import type { Executor } from "./executor.ts";
import { KeptShellExecutor } from "./kept/kept-shell-executor.ts";
import { SpawnExecutor } from "./spawn-executor.ts";

/** How {@link openDefaultExecutor} runs commands. */
export interface DefaultExecutorOptions {
  clock?: Clock;
  /** The shell that is kept to start commands. */
  shell?: string;
}

/** What runs commands when no other executor is named: `shell`, programs of this machine. Its first helper starts at once, to be ready for the first command. */
export function openDefaultExecutor(options: DefaultExecutorOptions = {}): Executor {
  const { clock = systemClock, shell = "/bin/sh" } = options;
  const otherwise = new SpawnExecutor(clock);
  // Named pipes and groups of processes are not to be had there.
  if (process.platform === "win32") return otherwise;
  return new KeptShellExecutor({ clock, shell, otherwise });
}
