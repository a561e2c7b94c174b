import type { Architecture } from "./seccomp/call-table.ts";
import { findProgram } from "./find-program.ts";
import { type SystemViews, findSystemViews } from "./system-view.ts";

/** What is installed here, and whom the host runs as. */
export interface Machine {
  platform: NodeJS.Platform;
  /** Nothing where no filter can be made. */
  architecture: Architecture | undefined;
  isRoot: boolean;
  prlimit: string | undefined;
  bwrap: string | undefined;
  perl: string | undefined;
  views: SystemViews;
}

/** Looks what is there; whether it works is for the probes. */
export async function findMachine(): Promise<Machine> {
  const [prlimit, bwrap, perl, views] = await Promise.all([
    findProgram("prlimit"),
    findProgram("bwrap"),
    findProgram("perl"),
    findSystemViews(),
  ]);
  const { platform, arch } = process;
  const architecture = platform === "linux" && (arch === "x64" || arch === "arm64") ? arch : undefined;
  return { platform, architecture, isRoot: process.getuid?.() === 0, prlimit, bwrap, perl, views };
}
