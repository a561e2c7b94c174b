import { type Clock, systemClock } from "@berth/base";
import type { Executor } from "./executor.ts";
import { KeptExecutor } from "./kept/kept-executor.ts";
import { openKeptShell } from "./kept/shell/kept-shell.ts";
import { findStarter } from "./kept/starter/find-starter.ts";
import { StarterHelper } from "./kept/starter/starter-helper.ts";
import { SpawnExecutor } from "./spawn-executor.ts";

/** How {@link openDefaultExecutor} runs commands. */
export interface DefaultExecutorOptions {
  clock?: Clock;
  /** A shell to keep for starting commands, instead of the program that the build compiles for it. */
  shell?: string | undefined;
}

const SHELL = "/bin/sh";

/** What runs commands when no other executor is named: `shell`, programs of this machine. Its first helper starts at once, to be ready for the first command. */
export function openDefaultExecutor(options: DefaultExecutorOptions = {}): Executor {
  const { clock = systemClock, shell } = options;
  const bySpawn = (): Executor => new SpawnExecutor(clock);
  // Named pipes and groups of processes are not to be had there.
  if (process.platform === "win32") return bySpawn();
  const byShell = (): Executor => openKeptShell({ clock, shell: shell ?? SHELL, otherwise: bySpawn });
  const program = shell === undefined ? findStarter() : undefined;
  if (program === undefined) return byShell();
  return new KeptExecutor({ clock, open: () => StarterHelper.open({ program, clock }), otherwise: byShell });
}
