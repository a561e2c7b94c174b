import { once } from "node:events";
import { type Clock, errorMessage, runWithin } from "@berth/base";
import { HostError } from "@berth/contract";
import { DEFAULT_LIMITS, type ResolvedLimits, resolveLimits } from "../limits/index.ts";
import type { HostMachine } from "./host-machine.ts";
import type { PluginProcess } from "./plugin-process.ts";
import { processTree, treeMemoryMb } from "./process-tree.ts";
import { nodeSpec } from "./sandbox-specs.ts";
import { startProcess } from "./start-process.ts";
import type { Spare } from "./warm-pool.ts";

/** A machine where a blank process takes longer than this has no use for a pool. */
const READY_WITHIN_MS = 10_000;

/** A process that waits for its plugin: in its sandbox, held to the limits that plugins have by default. */
export interface SpareProcess extends Spare {
  process: PluginProcess;
  /** By which it got the user it runs as. */
  name: string;
  limits: ResolvedLimits;
  /** What it uses, MiB. */
  blankMb: number;
  /** Processes of its tree. */
  ownProcesses: number;
  /** The one that runs the code, in whose name rlimits are set. */
  innermost: number;
}

/** What {@link startSpare} needs. */
export interface SpareOptions {
  machine: HostMachine;
  clock: Clock;
  /** Its place among the spare ones; decides whom it runs as. */
  number: number;
  /** What a blank one is thought to use, MiB. */
  blankMb: number;
}

/** Starts one and waits until it is ready. */
export async function startSpare(options: SpareOptions, signal: AbortSignal): Promise<SpareProcess> {
  const { machine, clock, blankMb } = options;
  const limits = resolveLimits(DEFAULT_LIMITS);
  const spec = nodeSpec({
    ...machine.guestParts,
    level: machine.level,
    limits,
    folders: [],
    covered: [],
    dataFolder: undefined,
    systemCalls: undefined,
    codeFolder: undefined,
    temporary: undefined,
    guestArguments: ["spare"],
  });
  const name = `spare-${options.number}`;
  const start = { machine, clock, name, limits, blankMb, dataFolder: undefined, spec: () => spec, isExternal: false };
  const process = await startProcess(start, signal);
  try {
    await untilReady(process, clock, signal);
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
  const tree = processTree(process.pid);
  return {
    process,
    name,
    limits,
    blankMb: treeMemoryMb(process.pid),
    ownProcesses: tree.length,
    innermost: tree.at(-1)!,
    gone: process.gone,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** Its first message shows that it listens. It stays unread: the channel of its plugin passes it over. */
async function untilReady(process: PluginProcess, clock: Clock, signal: AbortSignal): Promise<void> {
  const onTimeout = (): Error => new HostError("PLUGIN_FAILED", "Cannot keep a process ready: it does not start");
  await runWithin({ clock, limitMs: READY_WITHIN_MS, signal, onTimeout }, async (within) => {
    const ready = once(process.sandboxed.channel, "readable", { signal: within });
    const ending = await Promise.race([ready.then(() => undefined), process.gone]);
    if (ending === undefined) return;
    ready.catch(() => undefined);
    throw new HostError("PLUGIN_FAILED", `Cannot keep a process ready: ${errorMessage(ending)}`);
  });
}
