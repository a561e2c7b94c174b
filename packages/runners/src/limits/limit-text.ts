import type { LimitEvent } from "@berth/kernel/runner";

type Words = (used: number) => string;

const WORDS: Partial<Record<LimitEvent["limit"], Words>> = {
  memory_mb: (used) => `it used ${used} MiB of memory`,
  disk_mb: (used) => `its data folder held ${used} MiB`,
  processes: (used) => `it started ${used} ${used === 1 ? "program" : "programs"} of its own`,
  file_handles: (used) => `it had ${used} files open`,
};

/** What was too much, as a clause about the plugin: `it used 300 MiB of memory, where 256 are allowed`. */
export function describeOverrun({ limit, used, allowed }: LimitEvent): string {
  const words = WORDS[limit] ?? ((figure: number) => `it came to ${figure} of ${limit}`);
  return `${words(Math.round(used))}, where ${allowed} ${allowed === 1 ? "is" : "are"} allowed`;
}
