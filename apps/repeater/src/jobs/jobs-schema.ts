import * as z from "zod";
import type { FlagSpec } from "../flags/flag.ts";
import { parseValue } from "../flags/parse-value.ts";
import { fileKeyOf } from "../config/file-keys.ts";
import { JOB_FLAGS, MOST_AT_ONCE } from "./job-flags.ts";

/**
 * The file of `rpr run`: many jobs, each with the flags of the command line as keys. The JSON Schema for editors and the reference
 * page are made of it. Keys of a job that are no flags of the core may be those of a plugin; {@link readJobs} looks at them.
 *
 * Importing this module loads zod.
 */
const command = z
  .union([z.string().min(1), z.array(z.string()).min(1)])
  .meta({ description: "What runs: a line for sh -c, or a list of the program and its arguments" });

const mode = z.string().min(1).optional().meta({
  description:
    "How it is repeated: a mode of rpr, or a scheduler of a plugin. Left out where a flag says so: cron, rate, every, for or times",
});

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
const flags = Object.fromEntries(JOB_FLAGS.map((flag) => [fileKeyOf(flag), schemaOf(flag)]));

/** What one job says. */
const job = z.looseObject({ command, mode, ...flags }).meta({ description: "One job" });

export const jobsSchema = z
  .strictObject({
    version: z.literal(1).default(1).meta({ description: "Of this format" }),
    max_parallel: z
      .int()
      .min(1)
      .max(1_000)
      .default(MOST_AT_ONCE)
      .meta({ description: "How many runs may be under way at once, over all jobs; the others wait for their turn" }),
    state: z.string().min(1).optional().meta({
      description:
        "Keeps count of all jobs in this file, so that the next start goes on where this one ended or was killed",
    }),
    defaults: z.strictObject(flags).optional().meta({ description: "For every job that does not say otherwise" }),
    jobs: z
      .record(name, job)
      .refine((jobs) => Object.keys(jobs).length > 0, "must hold a job")
      .meta({ description: "The jobs, by their names" }),
  })
  .meta({
    title: "Berth jobs of rpr",
    description: "jobs.yaml: commands that rpr repeats side by side in one process.",
  });

function schemaOf(flag: FlagSpec): z.ZodType {
  return typeOf(flag)
    .optional()
    .meta({ description: descriptionOf(flag) });
}

function typeOf(flag: FlagSpec): z.ZodType {
  const { kind, min, max, oneOf } = flag;
  switch (kind) {
    case "switch":
      return z.boolean();
    case "count":
      return z
        .int()
        .min(min ?? 0)
        .max(max ?? Number.MAX_SAFE_INTEGER);
    case "number":
      return z
        .number()
        .min(min ?? -Infinity)
        .max(max ?? Infinity);
    case "list":
      return z.union([z.string(), z.array(z.string())]);
    case "pairs":
      return z.record(z.string().regex(/^[^=]+$/), z.union([z.string(), z.number(), z.boolean()]));
    case "text":
      return oneOf ? z.enum(oneOf) : z.string().min(1);
    case "duration":
    case "delay":
    case "pattern":
      break;
  }
  return z.string().superRefine((text, context) => {
    const parsed = parseValue(flag, text);
    // Not what it is: it may come from the environment.
    if ("problem" in parsed) context.addIssue({ code: "custom", message: parsed.problem });
  });
}

function descriptionOf({ help, default: standard, example }: FlagSpec): string {
  const notes = [
    ...(standard === undefined ? [] : [`default ${standard}`]),
    ...(example === undefined ? [] : [`such as ${example}`]),
  ];
  return notes.length > 0 ? `${help} (${notes.join("; ")})` : help;
}
