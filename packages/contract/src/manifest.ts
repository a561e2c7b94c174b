import * as z from "zod";
import { CALLER_PERMISSION_PATTERN } from "./caller-permission.ts";
import { CONTRIBUTION_KINDS, type ContributionKind } from "./contributions/kinds.ts";
import { supervisionSchema } from "./supervision-schema.ts";
import { policiesSchema, policySchema } from "./policy-schema.ts";
import { TIERS } from "./tiers.ts";

/**
 * `plugin.toml`: what a plugin is, provides, needs, and asks leave to do. It is read before any code of the plugin runs.
 * This schema is the only definition: the type, the JSON Schema for editors and the reference page are made from it.
 *
 * Importing this module loads zod; import the type `Manifest` from `@berth/contract` where no checking is done.
 */

const NAME_PATTERN = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const CONTRIBUTION_NAME_PATTERN = /^[a-zA-Z][a-zA-Z0-9]*(?:[-_.][a-zA-Z0-9]+)*$/;
// Semantic Versioning 2.0.0, with numbers short enough to stay exact.
const NUMBER = String.raw`(?:0|[1-9]\d{0,8})`;
const PRERELEASE_WORD = String.raw`(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)`;
const WORDS = (word: string): string => String.raw`${word}(?:\.${word})*`;
const VERSION_PATTERN = new RegExp(
  String.raw`^${NUMBER}\.${NUMBER}\.${NUMBER}(?:-${WORDS(PRERELEASE_WORD)})?(?:\+${WORDS("[0-9A-Za-z-]+")})?$`,
);
// Neither absolute (on any system), nor through "..", nor a folder. Control characters and line separators are refused too:
// `.` does not match the latter, so a ".." after one would go unseen.
const RELATIVE_PATH_PATTERN =
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the purpose
  /^(?![/\\]|[A-Za-z]:)(?!.*(?:^|[/\\])\.\.(?:[/\\]|$))(?!.*(?:^|[/\\])\.?$)[^\u0000-\u001f\u007f\u2028\u2029]+$/;

/** What every system takes as the name of an environment variable. */
const VARIABLE_PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

const pluginName = z
  .string()
  .min(3)
  .max(100)
  .regex(NAME_PATTERN, "must be lower-case words joined by hyphens, such as my-plugin")
  .meta({ description: "The plugin's name: lower-case words joined by hyphens" });
const text = (max: number, description: string) => z.string().max(max).meta({ description });
const range = z.string().min(1).max(200).meta({ description: "A version range, such as ^1.2.0" });
const ranges = z.record(pluginName, range);
const relativePath = z
  .string()
  .min(1)
  .max(500)
  .regex(RELATIVE_PATH_PATTERN, "must be the path of a file inside the plugin's folder, such as src/plugin.ts");

const about = z
  .strictObject({
    name: pluginName,
    version: z
      .string()
      .max(100)
      .regex(VERSION_PATTERN, "must be a semantic version, such as 1.2.3")
      .meta({ description: "The plugin's version: a semantic version such as 1.2.3" }),
    description: text(500, "What the plugin does, in one sentence").default(""),
    author: text(200, "Who made it").optional(),
    license: text(100, "SPDX licence expression").optional(),
    homepage: text(500, "Where to read more").optional(),
    type: z
      .enum(["scheduler", "executor", "output"])
      .meta({ description: "What it provides, in the form of the repeater's plugins; use [provides] instead" })
      .optional(),
    criticality: z
      .enum(["required", "optional"])
      .default("optional")
      .meta({ description: "Whether the host may start without it" }),
  })
  .meta({ description: "What the plugin is" });

const contributionName = z
  .string()
  .min(1)
  .max(100)
  .regex(CONTRIBUTION_NAME_PATTERN, "must be words joined by hyphens, dots or underscores, such as my-source");
const contributionNames = z.array(contributionName).min(1).max(100);
const provides = z
  .strictObject(
    Object.fromEntries(
      Object.entries(CONTRIBUTION_KINDS).map(([kind, sentence]) => [
        kind,
        contributionNames.meta({ description: sentence }).optional(),
      ]),
    ) as Record<ContributionKind, z.ZodOptional<typeof contributionNames>>,
  )
  .meta({ description: "The contributions, by kind" });

const runtime = z
  .strictObject({
    type: z.enum(["node", "wasm", "external"]).default("node").meta({
      description: "What runs the code: Node.js, a WebAssembly engine, or any executable that speaks the protocol",
    }),
    entry: relativePath.default("src/plugin.ts").meta({ description: "The module or file to load, inside the folder" }),
    wasm: relativePath
      .optional()
      .meta({ description: "A WebAssembly component of the same plugin, beside entry, for the tier wasm" }),
    isolation: z.enum(TIERS).optional().meta({ description: "The tier the author had in mind; the operator decides" }),
    load: z
      .enum(["lazy", "eager"])
      .default("lazy")
      .meta({ description: "Whether the code is loaded at first use or when the host starts" }),
    binary: relativePath.optional().meta({ description: "The repeater's word for entry" }),
    entry_point: text(200, "The exported name; only `default` means anything for Node.js").optional(),
  })
  .meta({ description: "How the plugin is run" });

const config = z
  .strictObject({
    schema: z
      .record(z.string(), z.json())
      .optional()
      .meta({ description: "JSON Schema of the plugin's settings, which are checked by it without running its code" }),
    version: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .meta({ description: "Which form the settings have, counted up when it changes; default 1" }),
    sections: z.record(contributionName, z.record(z.string(), z.json())).optional().meta({
      description: "JSON Schemas of the sections of berth.yaml that it adds, by their names in provides.config",
    }),
    required: z.array(z.string().max(100)).max(100).optional().meta({ description: "Fields that must be set" }),
    optional: z.array(z.string().max(100)).max(100).optional().meta({ description: "Fields that may be set" }),
  })
  .meta({ description: "What the operator may set in berth.yaml" });

const dependencies = z
  .strictObject({
    host: range.optional().meta({ description: "Versions of Berth it works with" }),
    node: range.optional().meta({ description: "Versions of Node.js it works with" }),
    requires: ranges.optional().meta({ description: "Plugins it cannot work without" }),
    optional: ranges.optional().meta({ description: "Plugins it uses when they are there" }),
    conflicts: ranges.optional().meta({ description: "Plugins it cannot run beside" }),
    services: z
      .array(z.string().max(100))
      .max(100)
      .optional()
      .meta({ description: "Services it needs, whoever provides them" }),
    min_repeater_version: z.string().max(64).optional().meta({ description: "The repeater's word for host" }),
    external_deps: z
      .array(z.string().max(100))
      .max(100)
      .optional()
      .meta({ description: "Programs that must be on the machine" }),
  })
  .meta({ description: "What it needs" });

const paths = z.array(z.string().min(1).max(1_000)).max(100);
const subjects = z.array(z.string().min(1).max(200)).max(100);
const permissions = z
  .strictObject({
    network: z
      .union([z.boolean(), z.array(z.string().min(1).max(300)).max(100)])
      .optional()
      .meta({
        description:
          'Hosts it may reach: "api.example.org", "*.example.org", "api.example.org:8443", narrowed to requests of some methods and paths by "GET,POST api.example.org/v1/*", or "config:FIELD" for the host of an address the operator configured; a socket of this machine by its path, "unix:/var/run/docker.sock"; true for any host',
      }),
    filesystem: z
      .union([
        z.enum(["none", "read-only", "read-write"]),
        z.strictObject({
          read: paths.optional().meta({ description: "Folders it may read below" }),
          write: paths.optional().meta({ description: "Folders it may write below" }),
        }),
      ])
      .optional()
      .meta({
        description:
          'Folders outside its own it may read and write; read-only and read-write mean the working folder; "config:FIELD" for a path the operator configured',
      }),
    exec: z.array(z.string().min(1).max(1_000)).max(100).optional().meta({
      description:
        'Programs it may run, by name; with some arguments only by "git log **": * is one argument, a last ** the rest',
    }),
    secrets: z.array(z.string().min(1).max(500)).max(100).optional().meta({
      description:
        'Secrets it may ask for, by name; "TOKEN -> api.example.org" for one it may only send in request headers to that host, and never see',
    }),
    env: z
      .array(z.string().regex(VARIABLE_PATTERN, "must be the name of a variable, such as LANG"))
      .max(100)
      .optional()
      .meta({ description: "Variables of the host's environment it may read, by name; no place for secrets" }),
    services: z.array(z.string().min(1).max(100)).max(100).optional().meta({ description: "Services it may call" }),
    events: z
      .strictObject({
        publish: subjects.optional().meta({ description: "Subjects it may publish" }),
        subscribe: subjects.optional().meta({ description: "Subjects it may subscribe to" }),
      })
      .optional()
      .meta({ description: "Subjects it may publish and subscribe to; * is one word, > is the rest" }),
    may: z
      .array(
        z
          .string()
          .max(200)
          .regex(CALLER_PERMISSION_PATTERN, "must be dotted words such as deployment.execute, or deployment.*"),
      )
      .max(100)
      .optional()
      .meta({ description: "What it asks of other plugins: the dotted permissions they demand of their callers" }),
    system_calls: z
      .array(z.string().min(1).max(100))
      .max(400)
      .optional()
      .meta({ description: "System calls it may make; only a tier that filters them can run such a plugin" }),
  })
  .meta({ description: "What it asks leave to do" });

const limits = z
  .strictObject({
    memory_mb: z.int().min(1).max(65_536).optional().meta({ description: "Memory of all kinds, MiB; default 256" }),
    cpu_percent: z.int().min(1).max(6_400).optional().meta({ description: "Share of one core, percent; default 10" }),
    call_timeout_ms: z.int().min(1).max(3_600_000).optional().meta({ description: "Longest call, ms" }),
    start_timeout_ms: z
      .int()
      .min(1)
      .max(600_000)
      .optional()
      .meta({ description: "Longest initialize and start, ms; default 30000" }),
    unresponsive_after_ms: z
      .int()
      .min(100)
      .max(600_000)
      .optional()
      .meta({ description: "How long its event loop may give no answer before that is said, ms; default 3000" }),
    kill_unresponsive_after_ms: z
      .int()
      .min(100)
      .max(3_600_000)
      .optional()
      .meta({ description: "How long its event loop may give no answer before it is ended, ms; default 30000" }),
    concurrency: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: "Calls at a time, over all its instances; default 100" }),
    store_mb: z.int().min(0).max(10_240).optional().meta({ description: "Its key-value store, MiB; default 10" }),
    state_mb: z
      .int()
      .min(0)
      .max(1_024)
      .optional()
      .meta({ description: "State it hands to its next version, MiB; default 10" }),
    response_mb: z
      .int()
      .min(1)
      .max(1_024)
      .optional()
      .meta({ description: "Largest answer it may fetch, MiB; default 10" }),
    log_rate: z.int().min(1).max(100_000).optional().meta({ description: "Log lines kept a second; default 100" }),
    disk_io_mb_per_sec: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .meta({ description: "Reads and writes of files, MiB a second; default 50" }),
    disk_mb: z.int().min(0).max(1_048_576).optional().meta({ description: "Its data folder, MiB; default 256" }),
    file_size_mb: z.int().min(1).max(1_048_576).optional().meta({ description: "Largest file it may write, MiB" }),
    file_handles: z.int().min(16).max(65_536).optional().meta({ description: "Open files; default 256" }),
    network_connections: z
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .meta({ description: "Connections at a time; default 10" }),
    network_mb_per_sec: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .meta({ description: "Sent and received, MiB a second; default 50" }),
    processes: z.int().min(0).max(10_000).optional().meta({ description: "Programs it may start itself; default 0" }),
  })
  .meta({ description: "What it may use at most" });

/** The schema of `plugin.toml`. */
export const manifestSchema = z
  .strictObject({
    plugin: about,
    provides: provides.prefault({}),
    runtime: runtime.prefault({}),
    config: config.prefault({}),
    dependencies: dependencies.prefault({}),
    permissions: permissions.prefault({}),
    limits: limits.prefault({}),
    policy: policySchema.optional(),
    policies: policiesSchema.optional(),
    supervision: supervisionSchema.prefault({}),
  })
  .meta({ title: "Berth plugin manifest", description: "plugin.toml: what a plugin is, provides, needs and may do" });

/** A checked manifest, defaults filled in. */
export type Manifest = z.output<typeof manifestSchema>;
