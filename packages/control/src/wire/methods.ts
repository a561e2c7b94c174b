import { isSubjectPattern } from "@berth/contract";
import * as z from "zod";
import * as looking from "./looking-views.ts";
import * as monitoring from "./monitoring-views.ts";
import * as views from "./views.ts";

/** What is said on the socket. A change that an older side would misread gets the next number. */
export const CONTROL_PROTOCOL = 1;

/** The notification that carries an event to whoever watches. */
export const EVENT_NOTIFICATION = "event";

/** The notification that carries a log line to whoever follows one. */
export const LOG_NOTIFICATION = "log";

/** The longest profile: what is looked at for longer is looked at by metrics. */
export const LONGEST_PROFILE_S = 300;

/** The most that is taken of a plugin at once, whatever is asked. */
export const MOST_INSPECTION_BYTES = 4 * 2 ** 30;

const LONGEST_LEVEL_MS = 7 * 24 * 3_600_000;

const nothing = z.strictObject({}).default({});
const plugin = z.string().min(1).max(200);
/** Who is at the keyboard, for the audit log. Whoever may connect may say anything: they are the user that the host runs as. */
const by = z.string().min(1).max(200);

const words = z.array(z.string().min(1).max(200)).max(100);

/** Every method, what it takes and what it answers. */
export const METHODS = {
  "host.status": { params: nothing, result: views.hostStatus },
  "plugins.list": {
    // Health is asked of each plugin, which takes a call into it.
    params: z.strictObject({ health: z.boolean().default(true) }).prefault({}),
    result: views.pluginList,
  },
  "plugins.info": { params: z.strictObject({ plugin }), result: views.pluginInfo },
  "plugins.enable": { params: z.strictObject({ plugin, by }), result: views.switchView },
  "plugins.disable": {
    params: z.strictObject({ plugin, by, withDependents: z.boolean().default(false) }),
    result: views.switchView,
  },
  "plugins.restart": { params: z.strictObject({ plugin, by }), result: views.restartView },
  "plugins.reload": { params: z.strictObject({ plugin, by }), result: views.reloadView },
  "plugins.reload_all": { params: z.strictObject({ by }), result: views.reloadViews },
  "plugins.rollback": {
    params: z.strictObject({ plugin, by, to: z.int().min(1).optional() }),
    result: views.reloadView,
  },
  "plugins.history": { params: z.strictObject({ plugin }), result: views.history },
  "plugins.inspect": {
    params: z.strictObject({
      plugin,
      by,
      kind: z.enum(["cpu", "heap"]),
      seconds: z.number().min(0.1).max(LONGEST_PROFILE_S).default(10),
      maxBytes: z.int().min(1).max(MOST_INSPECTION_BYTES),
      /** What was found is written to this one, which whoever asks has opened. */
      stream: z.int(),
    }),
    result: looking.inspectionView,
  },
  "plugins.log_level": {
    params: z.strictObject({
      plugin,
      by,
      /** `null`: what is configured. */
      level: looking.logLevel.nullable(),
      forMs: z.int().min(1_000).max(LONGEST_LEVEL_MS).optional(),
    }),
    result: looking.logLevelView,
  },
  "logs.watch": {
    params: z.strictObject({
      plugin,
      /** The least severe that are told. */
      level: looking.logLevel.default("trace"),
      /** The last so many of what the host still has; absent: all. */
      last: z.int().min(0).max(100_000).optional(),
      /** None from before, in milliseconds since 1970. */
      since: z.number().optional(),
      follow: z.boolean().default(false),
    }),
    result: looking.logLines,
  },
  "health.snapshot": {
    params: z
      .strictObject({ plugin: plugin.optional(), tags: words.default([]), exclude: words.default([]) })
      .prefault({}),
    result: monitoring.healthView,
  },
  "usage.snapshot": {
    // Asking makes the host look, unless it did so lately.
    params: z.strictObject({ maxAgeMs: z.int().min(200).max(60_000).default(1_000) }).prefault({}),
    result: monitoring.usageView,
  },
  "usage.history": { params: z.strictObject({ plugin }), result: monitoring.usageHistory },
  "events.watch": {
    params: z
      .strictObject({
        subjects: z.array(z.string().max(200).refine(isSubjectPattern)).min(1).max(20).default([">"]),
        /** Also what plugins publish; otherwise what the host itself does. */
        plugins: z.boolean().default(false),
      })
      .prefault({}),
    result: z.object({}),
  },
} as const;

/** One of {@link METHODS}. */
export type ControlMethod = keyof typeof METHODS;

/** What a method takes, as it is sent. */
export type ParamsOf<M extends ControlMethod> = z.input<(typeof METHODS)[M]["params"]>;

/** What a method takes, defaults filled in. */
export type CheckedParamsOf<M extends ControlMethod> = z.output<(typeof METHODS)[M]["params"]>;

/** What a method answers. */
export type ResultOf<M extends ControlMethod> = z.output<(typeof METHODS)[M]["result"]>;
