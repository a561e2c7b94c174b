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
  /** Those that are left out, from the first on: so that several runs can share them. */
  skip?: number;
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

// A child that does not die as it should must not outlive whoever started it.
const LONGEST_LIFE_MS = 30_000;
const STEPS_OF_A_LIFE = 400;
/** These are visited once or twice in a life. */
const RARE = new Set(["storage.open", "audit.segment"]);

/** Kills a process that makes changes at each point in turn, opens what it left and looks for what was acknowledged. */
export async function runKillPoints({
  script,
  folder,
  points,
  skip = 0,
  width,
}: KillPointsOptions): Promise<DurabilityTally> {
  const tally: DurabilityTally = { points: 0, acknowledged: 0, losses: [] };
  await mapWithWidth(listPoints(points).slice(skip), width, async ({ failpoint, visit }) => {
    const own = join(folder, `${failpoint}-${visit}`);
    const dataFolder = join(own, "data");
    await mkdir(dataFolder, { recursive: true });
    const { last, signal, errors } = await live(script, [
      dataFolder,
      "1",
      String(STEPS_OF_A_LIFE),
      `${failpoint}:${visit}`,
    ]);
    tally.points++;
    tally.acknowledged += last;
    if (signal !== "SIGKILL") tally.losses.push(`${failpoint}:${visit} was not reached: ${errors.slice(0, 500)}`);
    for (const loss of await findLosses(dataFolder, last)) tally.losses.push(`${failpoint}:${visit}: ${loss}`);
    await rm(own, { recursive: true });
  });
  return tally;
}

function listPoints(count: number): { failpoint: string; visit: number }[] {
  const points: { failpoint: string; visit: number }[] = RARE_POINTS.map((failpoint) => ({ failpoint, visit: 1 }));
  const often = KILL_POINTS.filter((failpoint) => !RARE.has(failpoint));
  for (let visit = 1; points.length < count; visit++) for (const failpoint of often) points.push({ failpoint, visit });
  return points.slice(0, Math.max(count, RARE_POINTS.length));
}

const RARE_POINTS = KILL_POINTS.filter((failpoint) => RARE.has(failpoint));

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
