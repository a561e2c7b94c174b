import { existsSync } from "node:fs";

const SHELL = "/bin/sh";

/**
 * Ends this process at once, whatever its threads do. `process.exit` waits for every thread, so one that sits in a system call would
 * keep the process for ever; a process that becomes another program loses all its threads, and that one ends with `exitCode`
 * (docs/decisions/exit-by-becoming-another-program.md). Nothing runs any more, no `exit` listener either: what is to be kept has to be
 * written.
 */
export function endProcess(exitCode: number): never {
  if (process.stdin.isTTY && process.stdin.isRaw) process.stdin.setRawMode(false);
  try {
    if (existsSync(SHELL)) process.execve!(SHELL, ["sh", "-c", `trap "" INT TERM; exit ${exitCode}`], {});
    process.execve!(process.execPath, [process.execPath, "-e", `process.exit(${exitCode})`], {});
  } catch {
    // Not everywhere can a process become another program.
  }
  process.kill(process.pid, "SIGKILL");
  throw new Error("unreachable");
}
