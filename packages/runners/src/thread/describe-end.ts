import { errorMessage, neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Ending } from "../remote/far-end.ts";

const LONGEST_MESSAGE = 500;

/** Why a thread ended without an error: it asked for it, or had nothing to wait for any more. */
export function describeExit(code: number): Ending {
  return code === 0 ? "it ended by itself" : `it called process.exit(${code})`;
}

/** Why a thread ended by an error that nobody caught. */
export function describeError(error: unknown): Ending {
  const message = neutraliseLine(errorMessage(error), LONGEST_MESSAGE);
  const isOutOfMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  return isOutOfMemory ? `it ran out of memory: ${message}` : `an error that it did not catch: ${message}`;
}

/** The error for a plugin that holds more than it may. */
export function tooMuchMemory(plugin: string, memoryMb: number, usedMb: number): HostError {
  return new HostError(
    "LIMIT_EXCEEDED",
    `Plugin "${plugin}" was ended: it used ${usedMb} MiB of the ${memoryMb} MiB it may (limits.memory_mb)`,
    { details: { limit: "memory_mb", allowed: memoryMb, used: usedMb } },
  );
}
