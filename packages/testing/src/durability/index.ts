export { bundleChanges } from "./bundle-changes.ts";
export { canTrace } from "./disk-trace.ts";
export { type DurabilityTally, KILL_POINTS, runKillPoints } from "./kill-points.ts";
export { runPowerLosses } from "./power-losses.ts";
export { mountSmallDisk, type SmallDisk } from "./small-disk.ts";
