import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { neutraliseLine, writeFileAtomically } from "@berth/base";
import type { SupervisionStatus } from "./cares.ts";

/** What is worth telling of the last host that was started on a data folder. */
export interface LastRun {
  /** Milliseconds since 1970. */
  at: number;
  /** Why it could not start, if it could not: one line. */
  couldNotStart?: string;
  /** Plugins that ended by themselves. */
  plugins: CrashedPlugin[];
}

/** A plugin that ended by itself, and how that stood in the end. */
export interface CrashedPlugin {
  plugin: string;
  restarts: number;
  gaveUp: boolean;
  reason: string;
}

const FILE = "last-run.json";
const MOST_PLUGINS = 100;
const LONGEST = 1_000;

/** Nothing is known of a run that went well. */
export function forgetLastRun(dataFolder: string): void {
  rmSync(join(dataFolder, FILE), { force: true });
}

/** Leaves word for whoever looks after the host has ended. */
export function keepLastRun(dataFolder: string, run: LastRun): Promise<void> {
  const kept = { ...run, plugins: run.plugins.slice(0, MOST_PLUGINS) };
  return writeFileAtomically(join(dataFolder, FILE), `${JSON.stringify(kept)}\n`, 0o600);
}

/** What was left by {@link keepLastRun}; `undefined` when there is nothing, or nothing that can be read. */
export function readLastRun(dataFolder: string): LastRun | undefined {
  try {
    return parse(JSON.parse(readFileSync(join(dataFolder, FILE), "utf8")));
  } catch {
    return undefined;
  }
}

/** What a status says for {@link LastRun.plugins}. */
export function crashedPlugin(plugin: string, { state, restarts, lastExit }: SupervisionStatus): CrashedPlugin {
  return { plugin, restarts, gaveUp: state === "gave-up", reason: lastExit?.reason ?? "" };
}

function parse(value: unknown): LastRun | undefined {
  const { at, couldNotStart, plugins } = (value ?? {}) as Record<string, unknown>;
  if (typeof at !== "number" || !Array.isArray(plugins)) return undefined;
  const crashed = (plugins as unknown[]).slice(0, MOST_PLUGINS).map((one) => {
    const { plugin, restarts, gaveUp, reason } = (one ?? {}) as Record<string, unknown>;
    return { plugin: line(plugin), restarts: Number(restarts) || 0, gaveUp: gaveUp === true, reason: line(reason) };
  });
  return { at, plugins: crashed, ...(typeof couldNotStart === "string" ? { couldNotStart: line(couldNotStart) } : {}) };
}

function line(value: unknown): string {
  return neutraliseLine(typeof value === "string" ? value : "", LONGEST);
}
