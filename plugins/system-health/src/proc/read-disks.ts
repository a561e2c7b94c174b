import { errorMessage, isHostError, type PluginContext } from "@berth/sdk";
import type { Disk } from "../figures.ts";
import { parseMounts } from "./mounts.ts";

/** Which disks are wanted. */
export interface WantedDisks {
  /** Mount points; empty for all that can be found. */
  disks: readonly string[];
  /** What was found and not granted: asked once, then left alone, since every denial is reported to the operator. */
  notGranted: Set<string>;
}

/** The disks the operator named, or those that are mounted; `failures` are those that could not be measured. */
export async function readDisks(
  wanted: WantedDisks,
  ctx: PluginContext,
  signal: AbortSignal,
): Promise<{ disks: Disk[]; failures: string[] }> {
  const isChosen = wanted.disks.length > 0;
  const disks: Disk[] = [];
  const failures: string[] = [];
  const mounts = isChosen ? wanted.disks : await findMounts(wanted.notGranted, ctx, signal);
  for (const mount of mounts) {
    try {
      const { total, available } = await ctx.files.diskUsage(mount, signal);
      if (total > 0) disks.push({ mount, total, available });
    } catch (error) {
      signal.throwIfAborted();
      if (!isChosen && isHostError(error, "PERMISSION_DENIED")) {
        wanted.notGranted.add(mount);
        ctx.log.info("a disk is not shown; name it in disks to see it", { mount });
      } else {
        ctx.log.warn("a disk could not be measured", { mount, reason: errorMessage(error) });
        failures.push(`disk ${mount}`);
      }
    }
  }
  return { disks, failures };
}

const MOUNTS = "/proc/mounts";

/** Where the list of mounts cannot be read there is a root all the same. */
async function findMounts(notGranted: Set<string>, ctx: PluginContext, signal: AbortSignal): Promise<string[]> {
  const list = notGranted.has(MOUNTS) ? "" : await readMounts(notGranted, ctx, signal);
  const places = list === "" ? ["/"] : parseMounts(list);
  return places.filter((place) => !notGranted.has(place));
}

async function readMounts(notGranted: Set<string>, ctx: PluginContext, signal: AbortSignal): Promise<string> {
  try {
    return await ctx.files.readText(MOUNTS, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isHostError(error, "PERMISSION_DENIED")) notGranted.add(MOUNTS);
    return "";
  }
}
