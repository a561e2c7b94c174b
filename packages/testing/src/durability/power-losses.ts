import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomFrom } from "@berth/base";
import { type DiskEvent, traceDisk } from "./disk-trace.ts";
import { findLosses } from "./find-losses.ts";
import type { DurabilityTally } from "./kill-points.ts";
import { LosingDisk } from "./lost-power.ts";

/** What {@link runPowerLosses} needs. */
export interface PowerLossesOptions {
  /** `changes.child.ts`, as one file without types. */
  script: string;
  /** An empty one. */
  folder: string;
  states: number;
  /** The same seed gives the same states of the same recording. */
  seed: number;
}

const STEPS = 40;

/**
 * Lets a process make changes and records what it wrote and synced; then lets the power go at many moments, opens what the disk has then,
 * and looks for what was acknowledged by that moment. The machine must have strace.
 */
export async function runPowerLosses({ script, folder, states, seed }: PowerLossesOptions): Promise<DurabilityTally> {
  const random = randomFrom(seed);
  const dataFolder = join(folder, "data");
  await mkdir(dataFolder, { recursive: true });
  const events = await traceDisk(script, [dataFolder, "1", String(STEPS)], join(folder, "trace"));
  const moments = Array.from({ length: states }, () => Math.floor(random() * (events.length + 1))).toSorted(
    (a, b) => a - b,
  );
  const tally: DurabilityTally = { points: 0, acknowledged: 0, losses: [] };
  const disk = new LosingDisk(dataFolder);
  let next = 0;
  let acknowledged = 0;
  for (const [index, moment] of moments.entries()) {
    for (; next < moment; next++) {
      const event = events[next]!;
      disk.apply(event);
      acknowledged = lastPrinted(event) ?? acknowledged;
    }
    // With a folder around it: what changes make outside of the data folder lies beside it.
    const left = join(folder, "left", "data");
    disk.loseTo(left, random);
    for (const loss of await findLosses(left, acknowledged))
      tally.losses.push(`state ${index}, before event ${moment}: ${loss}`);
    await rm(join(folder, "left"), { recursive: true });
    tally.points++;
    tally.acknowledged += acknowledged;
  }
  return tally;
}

function lastPrinted(event: DiskEvent): number | undefined {
  return event.do === "print" ? Number(event.text.trim().split("\n").at(-1)) : undefined;
}
