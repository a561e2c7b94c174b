import { errorMessage, isHostError, type PluginContext } from "@berth/sdk";
import type { Disk } from "../figures.ts";
import { parseMounts } from "./mounts.ts";

/** Which disks are wanted. */
export interface WantedDisks {
  /** Mount points; empty for all that can be found. */
  disks: readonly string[];
  /** Found ones that were not granted: asked once, then left alone. */
  notGranted: Set<string>;
}

/** The disks the operator named, or those in `mounts`; `failures` are those that could not be measured. */
export async function readDisks(
  wanted: WantedDisks,
  mounts: string,
  ctx: PluginContext,
  signal: AbortSignal,
): Promise<{ disks: Disk[]; failures: string[] }> {
  const isChosen = wanted.disks.length > 0;
  const disks: Disk[] = [];
  const failures: string[] = [];
  for (const mount of isChosen ? wanted.disks : found(mounts, wanted.notGranted)) {
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

/** Where the list of mounts cannot be read there is a root all the same. */
function found(mounts: string, notGranted: ReadonlySet<string>): string[] {
  const places = mounts === "" ? ["/"] : parseMounts(mounts);
  return places.filter((place) => !notGranted.has(place));
}
