import * as z from "zod";
import { RESTART_KINDS, RESTART_STRATEGIES } from "./supervision.ts";

/** A week: longer, nobody remembers what was counted. */
const LONGEST_PERIOD_MS = 604_800_000;
const LONGEST_BACKOFF_MS = 3_600_000;

/** What becomes of a plugin that ends by itself; the same in `plugin.toml` and below `plugins.NAME` of `berth.yaml`. */
export const supervisionSchema = z
  .strictObject({
    restart: z.enum(RESTART_KINDS).optional().meta({
      description:
        "Whether it is started again when it ends by itself: permanent, always; transient, unless it ended without error; temporary, never. Default permanent for one that is eager, required, or provides a service, an event or an integration; else transient",
    }),
    strategy: z.enum(RESTART_STRATEGIES).optional().meta({
      description:
        "Who is started again with it: one_for_one, nobody, who needs it waits; rest_for_one, all that need it; one_for_all, the same whoever of them ended. Default one_for_one",
    }),
    max_restarts: z
      .int()
      .min(0)
      .max(100_000)
      .optional()
      .meta({ description: "How often it is started again within period_ms before it is given up; default 10" }),
    period_ms: z
      .int()
      .min(1)
      .max(LONGEST_PERIOD_MS)
      .optional()
      .meta({ description: "The time in which restarts are counted, ms; default 60000" }),
    backoff_ms: z.int().min(0).max(LONGEST_BACKOFF_MS).optional().meta({
      description:
        "The first start again is at once; before the second it waits up to so long, ms, and up to twice as long each further time; default 100",
    }),
    max_backoff_ms: z
      .int()
      .min(0)
      .max(LONGEST_BACKOFF_MS)
      .optional()
      .meta({ description: "The longest such wait, ms; default 10000" }),
  })
  .meta({ description: "What becomes of it when it ends by itself" });
