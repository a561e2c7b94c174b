import type { PluginContext } from "@berth/sdk";

/** What of the machine an attack goes for. All of it is really there. */
export interface Aim {
  /** A file that everybody may read, with the token in it. */
  secretFile: string;
  /** The same as a module and as JSON. */
  secretModule: string;
  secretJson: string;
  /** A folder that everybody may write. */
  openFolder: string;
  /** Files of it that are to be left alone. */
  victimFile: string;
  /** The folder of the plugin's code. */
  codeFolder: string;
  /** The data folder of another plugin, with the token in a file. */
  otherData: string;
  /** Servers that note whoever comes. */
  tcpPort: number;
  udpPort: number;
  unixPath: string;
  abstractName: string;
  /** A process of the same user, and the host. */
  victimPid: number;
  hostPid: number;
}

/** Tries one thing. What it gives back is searched for the token; what it throws is a failed try. */
export type Attack = (aim: Aim, ctx: PluginContext) => unknown;

/** A module of Node.js where there is one; elsewhere the try fails here. */
export function node<T = Record<string, (...args: unknown[]) => unknown>>(name: string): T {
  return process.getBuiltinModule(name) as T;
}

/** Every try of several; what worked, comes back. */
export async function each(tries: readonly (() => unknown)[]): Promise<unknown[]> {
  const worked: unknown[] = [];
  for (const attempt of tries) {
    try {
      worked.push(await attempt());
    } catch {
      // The next one may work.
    }
  }
  if (worked.length === 0) throw new Error("nothing worked");
  return worked;
}

/** Waits a little, whatever the signal of the call. */
export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
