import { HostError } from "@berth/contract";
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";

/** A child that runs, with its descriptors from 3 on as sockets. */
export interface SpawnedChild {
  child: ChildProcess;
  pid: number;
  /** By number of the descriptor, from 3 on. */
  descriptor(number: number): Duplex;
}

/**
 * Starts `command` with standard input from nowhere, standard output and error as pipes, and `extra` socket pairs from descriptor 3
 * on.
 *
 * @throws HostError `PLUGIN_FAILED` if the system cannot start it.
 */
export async function spawnChild(
  command: readonly [string, ...string[]],
  extra: number,
  options: SpawnOptions,
): Promise<SpawnedChild> {
  const [file, ...argv] = command;
  const stdio: SpawnOptions["stdio"] = [
    "ignore",
    "pipe",
    "pipe",
    ...Array.from({ length: extra }, () => "pipe" as const),
  ];
  const child = spawn(file, argv, { ...options, stdio });
  for (const stream of child.stdio) {
    // A program that ends while something is written to it is told by its exit; without a listener the error would end the host.
    stream?.on("error", () => undefined);
  }
  try {
    await once(child, "spawn");
  } catch (error) {
    throw new HostError("PLUGIN_FAILED", `Cannot start ${file}: ${(error as Error).message}`, { cause: error });
  }
  // Later errors are about signals that found nobody.
  child.on("error", () => undefined);
  return { child, pid: child.pid!, descriptor: (number) => child.stdio[number] as unknown as Duplex };
}
