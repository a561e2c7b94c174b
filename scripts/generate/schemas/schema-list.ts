import type { JsonSchema } from "./json-schema.ts";

/** A file that people write and a schema describes. */
export interface DescribedFile {
  /** What people call it, and the title of its page. */
  name: string;
  /** The schema's file, from the root. It is the schema's `$id` as well. */
  schemaPath: string;
  /** Its reference page, from the root. */
  pagePath: string;
  /** The module the schema is made from, as the page names it. */
  madeFrom: string;
  load(id: string): Promise<JsonSchema>;
}

/** Add a line here when another file gets a schema; `.vscode/settings.json` and `.taplo.toml` tell editors which file it is for. */
export const DESCRIBED_FILES: readonly DescribedFile[] = [
  {
    name: "plugin.toml",
    schemaPath: "schemas/plugin.schema.json",
    pagePath: "docs/reference/manifest.md",
    madeFrom: "packages/contract/src/manifest.ts",
    load: loadManifestSchema,
  },
  {
    name: "berth.yaml",
    schemaPath: "schemas/berth.schema.json",
    pagePath: "docs/reference/berth-yaml.md",
    madeFrom: "packages/kernel/src/config/host-config.ts",
    load: async (id) => {
      const [{ toEditorSchema }, { hostConfigSchema }] = await Promise.all([
        import("@berth/kernel/config"),
        import("@berth/kernel/config/schema"),
      ]);
      return (await toEditorSchema(hostConfigSchema, { id, title: titleOf(hostConfigSchema.meta()) })) as JsonSchema;
    },
  },
  {
    name: "sources.yaml",
    schemaPath: "schemas/sources.schema.json",
    pagePath: "docs/reference/sources.md",
    madeFrom: "apps/signage/src/config/sources-schema.ts",
    load: async (id) => {
      const [{ toEditorSchema }, { sourcesSchema }] = await Promise.all([
        import("@berth/kernel/config"),
        import("@berth/signage/config/schema"),
      ]);
      return (await toEditorSchema(sourcesSchema, { id, title: titleOf(sourcesSchema.meta()) })) as JsonSchema;
    },
  },
  {
    name: "jobs.yaml",
    schemaPath: "schemas/jobs.schema.json",
    pagePath: "docs/reference/jobs.md",
    madeFrom: "apps/repeater/src/jobs/jobs-schema.ts",
    load: async (id) => {
      const [{ toEditorSchema }, { jobsSchema }] = await Promise.all([
        import("@berth/kernel/config"),
        import("@berth/repeater/jobs/schema"),
      ]);
      return (await toEditorSchema(jobsSchema, { id, title: titleOf(jobsSchema.meta()) })) as JsonSchema;
    },
  },
];

/** A manifest holds no references to the environment: it says the same on every machine. */
async function loadManifestSchema(id: string): Promise<JsonSchema> {
  const { manifestSchema } = await import("@berth/contract/manifest");
  const { $schema, ...body } = manifestSchema["~standard"].jsonSchema.input({ target: "draft-07" });
  return { ...(typeof $schema === "string" ? { $schema } : {}), $id: id, ...body };
}

function titleOf(meta: { title?: string | undefined } | undefined): string {
  if (!meta?.title) throw new TypeError("Cannot describe a file whose schema has no title");
  return meta.title;
}
