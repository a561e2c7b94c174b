import { constants } from "node:os";
import type { SandboxExit } from "./sandboxed-process.ts";

const SIGNAL_BASE = 128;

/** How the program ended, of which a launcher tells as shells do: 128 and the signal's number. */
export function exitOf(code: number | null, signal: NodeJS.Signals | null): SandboxExit {
  if (code === null || code <= SIGNAL_BASE) return { code, signal };
  const names = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  const name = names.find(([, number]) => number === code - SIGNAL_BASE)?.[0];
  return name === undefined ? { code, signal } : { code: null, signal: name };
}
