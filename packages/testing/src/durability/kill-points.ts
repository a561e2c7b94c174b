import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { mapWithWidth } from "@berth/base";
import { findLosses } from "./find-losses.ts";

/** Where a host may die: each of them at its first visit, its second … */
export const KILL_POINTS = [
  "storage.open",
  "storage.commit",
  "storage.fsync",
  "audit.segment",
  "audit.write",
  "audit.sync",
  "audit.tail",
  "audit.done",
] as const;

/** What {@link runKillPoints} needs. */
export interface KillPointsOptions {
  /** `changes.child.ts`, or that as one file without types, which starts sooner. */
  script: string;
  /** An empty one. */
  folder: string;
  points: number;
  /** How many at a time. */
  width: number;
}

/** What became of changes under kill -9. */
export interface DurabilityTally {
  /** Kills, or losses of power, that were tried. */
  points: number;
  acknowledged: number;
  /** Lines about acknowledged changes that were gone or half there; with the point. */
  losses: string[];
}

// A child that does not die as it should must not outlive whoever started it, however slow the machine.
const LONGEST_LIFE_MS = 120_000;
const STEPS_OF_A_LIFE = 400;

/** Each point is tried at so many of its visits, in lives that go on where the one before was killed. */
const VISITS = 14;

/** Visited once in a life that begins with nothing. */
const AT_FIRST: readonly string[] = ["storage.open", "audit.segment"];

/**
 * Kills a process that makes changes at each point in turn, opens what it left and looks for what was acknowledged. The next one goes on
 * there, with what was under way: so each is killed in another state, and what was repaired must hold.
 */
export async function runKillPoints({ script, folder, points, width }: KillPointsOptions): Promise<DurabilityTally> {
  const tally: DurabilityTally = { points: 0, acknowledged: 0, losses: [] };
  await mapWithWidth(chainsOf(points), width, async (chain, index) => {
    const own = join(folder, `chain-${index}`);
    const dataFolder = join(own, "data");
    await mkdir(dataFolder, { recursive: true });
    let acknowledged = 0;
    for (const point of chain) {
      const args = [dataFolder, String(acknowledged + 1), String(acknowledged + STEPS_OF_A_LIFE), point];
      const { last, signal, errors } = await live(script, args);
      tally.points++;
      tally.acknowledged += Math.max(0, last - acknowledged);
      acknowledged = Math.max(acknowledged, last);
      const about = `chain ${index}, ${point}`;
      if (signal !== "SIGKILL") tally.losses.push(`${about} was not reached: ${errors.slice(0, 500)}`);
      for (const loss of await findLosses(dataFolder, acknowledged)) tally.losses.push(`${about}: ${loss}`);
    }
    await rm(own, { recursive: true });
  });
  return tally;
}

/** All points at all their visits, in each chain in another order. */
function chainsOf(count: number): string[][] {
  const often = KILL_POINTS.filter((failpoint) => !AT_FIRST.includes(failpoint));
  const chains: string[][] = [];
  for (let left = count, turn = 0; left > 0; turn++) {
    const all = Array.from({ length: VISITS }, (_, visit) =>
      often.map((failpoint) => `${failpoint}:${visit + 1}`),
    ).flat();
    const cut = (turn * 31) % all.length;
    const first = `${AT_FIRST[turn % AT_FIRST.length]}:1`;
    const chain = [first, ...all.slice(cut), ...all.slice(0, cut)].slice(0, left);
    chains.push(chain);
    left -= chain.length;
  }
  return chains;
}

interface Life {
  /** The last number that it acknowledged. */
  last: number;
  signal: NodeJS.Signals | null;
  errors: string;
}

function live(script: string, args: readonly string[]): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LONGEST_LIFE_MS,
      killSignal: "SIGABRT",
    });
    let [output, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.on("error", reject);
    child.on("close", (_code, signal) => resolve({ last: Number(output.split("\n").at(-2) ?? 0), signal, errors }));
  });
}
