import * as z from "zod";

/** How a host stops. */
export const shutdownConfigSchema = z
  .strictObject({
    drain_ms: z
      .int()
      .min(0)
      .max(3_600_000)
      .default(10_000)
      .meta({ description: "How long calls under way may go on; the host is gone five seconds later at the latest" }),
  })
  .meta({ description: "What happens when the host is told to stop" });
