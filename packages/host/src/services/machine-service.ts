import type { JsonValue } from "@berth/base";
import { cpus, freemem, hostname, loadavg, platform, release, totalmem, uptime } from "node:os";

/**
 * The host service `machine`: what Node knows of the machine on every operating system. Its one method, `figures`, takes nothing.
 * Memory is in bytes, uptime in seconds.
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
    uptimeSeconds: uptime(),
  }),
};
