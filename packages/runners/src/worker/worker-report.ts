import type { TierReport } from "@berth/kernel/runner";
import { HELD_BY_HOST } from "../inline/held-by-host.ts";
import { HELD_BY_PULSE } from "../remote/held-by-pulse.ts";

/** Nothing needs to be tried: threads are a part of Node.js. */
export const WORKER_REPORT: TierReport = {
  tier: "worker",
  level: "fault",
  mechanisms: [
    {
      name: "worker thread",
      works: true,
      detail: "ends alone when it crashes, loops or fills its memory; it has all rights of the host's process",
    },
  ],
  enforces: {
    ...HELD_BY_HOST,
    ...HELD_BY_PULSE,
    "limits.memory_mb":
      "heap and buffers sampled every 25 ms when near the limit, every 100 ms far below it; WebAssembly and shared memory are not counted",
  },
};
