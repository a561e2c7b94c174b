import type { Clock } from "@berth/base";
import type { Executor, ExecutorRequest } from "../../executor.ts";
import { KeptExecutor } from "../kept-executor.ts";
import { ShellHelper } from "./shell-helper.ts";
import { isHandedOn } from "./shell-words.ts";

/** What {@link openKeptShell} needs. */
export interface KeptShellOptions {
  clock: Clock;
  shell: string;
  otherwise: () => Executor;
}

/** Runs commands by plain shells that are kept to start them. */
export function openKeptShell({ clock, shell, otherwise }: KeptShellOptions): KeptExecutor {
  return new KeptExecutor({ clock, open: () => ShellHelper.open({ clock, shell }), isFit, otherwise });
}

/** `env`, which carries what a shell would lose, takes a command that holds `=` for a variable; and old shells an option for the command. */
function isFit({ command, env = {} }: ExecutorRequest): boolean {
  if (command.startsWith("-")) return false;
  return !command.includes("=") || Object.keys({ ...process.env, ...env }).every(isHandedOn);
}
