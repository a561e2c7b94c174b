import type { Machine } from "../machine.ts";
import { type Finding, found, missing } from "./findings.ts";
import { runBriefly } from "./run-briefly.ts";

/** A number of open files that no system has by default. */
const WITNESS = 97;
const INSTALL = "install perl or util-linux, which has prlimit";
/** `RLIMIT_NOFILE`, read back, in a program that sets it for itself. */
const BY_SHELL = ["-c", "ulimit -n"];

/** Whether rlimits can be set for a program that is started. */
export async function probeLimiter({ perl, prlimit }: Machine, signal: AbortSignal): Promise<Finding> {
  if (prlimit === undefined) {
    // The launchers set them by system calls of their own.
    return perl === undefined ? missing("neither perl nor prlimit is installed", INSTALL) : found("set by perl");
  }
  const run = await runBriefly(prlimit, [`--nofile=${WITNESS}:${WITNESS}`, "--", "/bin/sh", ...BY_SHELL], signal);
  if (run.isDone && run.stdout.trim() === String(WITNESS))
    return found(perl === undefined ? "set by prlimit" : "set by perl");
  return missing(run.problem || `the program saw ${run.stdout.trim()} open files instead of ${WITNESS}`, INSTALL);
}
