import { LOG_LEVELS, TIERS } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import { operatorPolicySchema, policiesSchema } from "@berth/contract/policy-schema";
import * as z from "zod";
import { telemetrySchema } from "./telemetry-config.ts";
import { alertsConfigSchema } from "./alerts-config.ts";
import { healthConfigSchema, pluginHealthSchema } from "./health-config.ts";
import { httpConfigSchema } from "./http-config.ts";
import { shutdownConfigSchema } from "./shutdown-config.ts";
import { usageConfigSchema } from "./usage-config.ts";

/**
 * `berth.yaml` (or `berth.toml`): what one host loads, allows and logs. This schema is the only definition: the type, the JSON
 * Schema for editors and the reference page are made from it.
 *
 * Importing this module loads zod; import the type `HostConfig` from `@berth/kernel/config` where no checking is done.
 */

const limits = manifestSchema.shape.limits.unwrap();
const supervision = manifestSchema.shape.supervision.unwrap();
const permissions = manifestSchema.shape.permissions.unwrap().shape;
const paths = z.array(z.string().min(1).max(1_000)).max(100);

const grant = z
  .strictObject({
    network: permissions.network.meta({
      description:
        'Hosts it may reach, of those it asks for, perhaps by some methods and paths only, as "GET api.example.org/v1/*"; true for all',
    }),
    filesystem: z
      .strictObject({
        read: paths.default([]).meta({ description: "Folders outside its own it may read" }),
        write: paths.default([]).meta({ description: "Folders outside its own it may write" }),
      })
      .optional()
      .meta({ description: "Folders outside its own it may use" }),
    exec: permissions.exec.meta({
      description: 'Programs it may run, by name, perhaps with some arguments only, as "git log **"',
    }),
    secrets: permissions.secrets.meta({
      description:
        'Secrets it may ask for, by name; "TOKEN -> api.example.org" to have one sent there without showing it',
    }),
    env: permissions.env.meta({ description: "Variables of the environment it may read, by name" }),
    services: permissions.services.meta({ description: "Services it may call" }),
    events: permissions.events.meta({ description: "Subjects it may publish and subscribe to" }),
    may: permissions.may.meta({
      description: "What it may ask of other plugins, by the dotted names they demand of callers, such as deployment.*",
    }),
  })
  .meta({ description: "Allowed one by one; what is left out is denied" });

/** One entry below `plugins`. */
export const pluginEntrySchema = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ description: "Whether the plugin is loaded at all" }),
    isolation: z.enum(TIERS).optional().meta({
      description:
        "The tier it runs in; absent, process, or for plugins that come with Berth the one their manifest names",
    }),
    grant: z
      .union([z.literal("asked"), grant])
      .optional()
      .meta({ description: 'What it may do: "asked" for all its manifest asks for, or a list of what is allowed' }),
    limits: limits.optional().meta({ description: "What it may use at most; wins over its manifest" }),
    supervision: supervision
      .optional()
      .meta({ description: "What becomes of it when it ends by itself; wins over its manifest" }),
    health: pluginHealthSchema.optional(),
    policy: operatorPolicySchema.optional(),
    policies: policiesSchema.optional(),
    settings: z
      .record(z.string(), z.json())
      .optional()
      .meta({ description: "What the plugin is told, checked by the schema in its manifest" }),
    log_level: z.enum(LOG_LEVELS).optional().meta({
      description: "The least severe of its lines that are kept; default: that of log. A change holds at once",
    }),
    settings_version: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .meta({ description: "Which form the settings have; default 1. Written by `berth config migrate`" }),
    minimum_isolation: z.enum(["kernel", "runtime"]).optional().meta({
      description:
        "How firm its walls must be to run in tier process: those of the operating system, the default for strangers' plugins; or runtime, which takes Node.js's own rules where there are no others",
    }),
    accept_unenforced: z
      .array(z.string().min(1).max(100))
      .max(100)
      .default([])
      .meta({ description: "Limits and permissions it may run without, where this machine cannot enforce them" }),
  })
  .meta({ description: "One plugin" });

const log = z
  .strictObject({
    level: z.enum(LOG_LEVELS).default("info").meta({ description: "The least severe lines that are kept" }),
    format: z
      .enum(["text", "json"])
      .default("text")
      .meta({ description: "Lines for people, or JSON lines for programs" }),
  })
  .meta({ description: "What the host logs" });

const poolSize = z.int().min(0).max(64);
const warmPool = z
  .strictObject({
    workers: poolSize.default(1).meta({ description: "Blank threads, of each of the tiers worker and wasm" }),
    processes: poolSize.default(1).meta({ description: "Blank sandboxed processes, about 46 MiB each" }),
  })
  .meta({ description: "What is kept ready once a plugin of that tier was loaded, so that the next opens at once" });

const pluginName = z.string().regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, "must be lower-case words joined by hyphens");

/** The schema of `berth.yaml`. */
export const hostConfigSchema = z
  .strictObject({
    version: z.literal(1).default(1).meta({ description: "The form of this file" }),
    roots: z.array(z.string().min(1).max(1_000)).max(100).default(["plugins"]).meta({
      description:
        "Folders that hold plugins, relative to this file; of several versions of one plugin those in an earlier folder count first",
    }),
    data_dir: z
      .string()
      .min(1)
      .max(1_000)
      .default(".berth")
      .meta({ description: "Folder of the host's database and of the plugins' own data, relative to this file" }),
    log: log.prefault({}),
    warm_pool: warmPool.prefault({}),
    http: httpConfigSchema.optional(),
    health: healthConfigSchema.optional(),
    shutdown: shutdownConfigSchema.prefault({}),
    usage: usageConfigSchema.optional(),
    alerts: alertsConfigSchema.optional(),
    telemetry: telemetrySchema.optional(),
    trusted_keys: z.array(z.string().min(1).max(200)).max(100).default([]).meta({
      description:
        "Minisign public keys (RWQ…); the manifest of a plugin that one of them signed may choose its own tier",
    }),
    require_signature: z
      .boolean()
      .default(false)
      .meta({ description: "Whether plugins that do not come with Berth must be signed by a trusted key" }),
    scan_on_reload: z.enum(["warn", "refuse", "off"]).default("warn").meta({
      description:
        "What becomes of a new version whose changed code does what the one before did not, by a look at it: it is logged, or refused; plugins that come with Berth are not looked at",
    }),
    plugins: z
      .record(pluginName, pluginEntrySchema)
      .default({})
      .meta({ description: "Settings of single plugins, by name" }),
    plugin_limits: limits
      .prefault({})
      .meta({ description: "What any plugin may use at most, whatever its manifest says; limits in its entry win" }),
  })
  .meta({ title: "Berth host configuration", description: "berth.yaml: what the host loads, allows and logs" });

/** A checked host configuration, defaults filled in. */
export type HostConfig = z.output<typeof hostConfigSchema>;
