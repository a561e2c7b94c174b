import type { JsonValue } from "@berth/base";
import { cpus, freemem, hostname, loadavg, platform, release, totalmem, uptime } from "node:os";

/**
 * The host service `machine`: what Node knows of the machine on every operating system. Its one method, `figures`, takes nothing.
 * Memory is in bytes, uptime in seconds, processor times are milliseconds of all processors since the machine started.
 */
export const machineService = {
  figures: async (): Promise<JsonValue> => ({
    platform: platform(),
    release: release(),
    hostname: hostname(),
    cpus: cpus().length,
    totalMemory: totalmem(),
    freeMemory: freemem(),
    loadAverage: loadavg(),
    cpuTimes: cpuTimes(),
    uptimeSeconds: uptime(),
  }),
};

function cpuTimes(): { busyMs: number; totalMs: number } {
  let [busyMs, totalMs] = [0, 0];
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    totalMs += all;
    busyMs += all - times.idle;
  }
  return { busyMs, totalMs };
}
