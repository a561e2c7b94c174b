import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toEditorSchema } from "./editor-schema.ts";
import { hostConfigSchema } from "./host-config.ts";
import { defaultHostConfig } from "./default-host-config.ts";
import { loadHostConfig } from "./load-host-config.ts";
import type { JsonSchema } from "./schema-lookup.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "berth-host-config-"));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe("loadHostConfig", () => {
  test("gives the defaults without a file; they are what the schema says of an empty one", async () => {
    expect(await loadHostConfig(undefined, { cwd })).toEqual({
      config: defaultHostConfig(),
      sections: {},
      document: undefined,
    });
    expect(hostConfigSchema.parse({})).toEqual(defaultHostConfig());
  });

  test("says that a named file is not there", async () => {
    await expect(loadHostConfig("other.yaml", { cwd })).rejects.toMatchObject({ code: "CONFIG_NOT_FOUND" });
  });

  test("reads everything a host can be told, from YAML and from TOML alike", async () => {
    const yaml = `
roots: [plugins, more]
log: { level: debug, format: json }
plugins:
  weather:
    isolation: worker
    grant: asked
    limits: { memory_mb: 64 }
  stock:
    enabled: false
    grant: { network: [api.example.org], filesystem: { read: [data] }, secrets: [STOCK] }
    accept_unenforced: [cpu_percent]
plugin_limits: { call_timeout_ms: 5000 }
`;
    const toml = `
roots = ["plugins", "more"]
log = { level = "debug", format = "json" }
plugin_limits.call_timeout_ms = 5000
[plugins.weather]
isolation = "worker"
grant = "asked"
limits = { memory_mb = 64 }
[plugins.stock]
enabled = false
accept_unenforced = ["cpu_percent"]
grant = { network = ["api.example.org"], filesystem = { read = ["data"] }, secrets = ["STOCK"] }
`;
    await writeFile(join(cwd, "full.yaml"), yaml);
    await writeFile(join(cwd, "full.toml"), toml);
    const [fromYaml, fromToml] = [
      await loadHostConfig("full.yaml", { cwd }),
      await loadHostConfig("full.toml", { cwd }),
    ];
    expect(fromToml.config).toEqual(fromYaml.config);
    expect(fromYaml.config).toMatchObject({
      data_dir: ".berth",
      log: { level: "debug", format: "json" },
      plugins: {
        weather: { enabled: true, isolation: "worker", grant: "asked", accept_unenforced: [] },
        stock: { grant: { filesystem: { read: ["data"], write: [] } } },
      },
    });
  });

  test("finds berth.yaml by itself, and refuses to choose between two files", async () => {
    await writeFile(join(cwd, "berth.yaml"), "data_dir: here");
    expect((await loadHostConfig(undefined, { cwd })).config.data_dir).toBe("here");
    await writeFile(join(cwd, "berth.toml"), 'data_dir = "there"');
    await expect(loadHostConfig(undefined, { cwd })).rejects.toThrow("berth.yaml stands beside berth.toml; keep one");
  });

  test("reports every problem with its place", async () => {
    await writeFile(join(cwd, "bad.yaml"), "rots: [a]\nplugins:\n  Weather: {}\n  stock: { isolation: wrker }\n");
    await expect(loadHostConfig("bad.yaml", { cwd })).rejects.toThrow(
      [
        `bad.yaml:1:1 rots: unknown key \`rots\`; did you mean \`roots\`? allowed: ${Object.keys(hostConfigSchema.shape).join(", ")}`,
        "bad.yaml:3:3 plugins.Weather: the key must be lower-case words joined by hyphens",
        'bad.yaml:4:23 plugins.stock.isolation: must be one of inline, worker, process or wasm, found "wrker"; did you mean "worker"?',
        "Cannot use bad.yaml: 3 problems",
      ].join("\n"),
    );
  });
});

describe("toEditorSchema", () => {
  const about = { id: "https://example.org/berth.schema.json", title: "berth.yaml" };

  test("is draft-07 with id and title, and describes every property", async () => {
    const schema = await toEditorSchema(hostConfigSchema, about);
    expect(schema).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      $id: about.id,
      title: about.title,
    });
    const undescribed: string[] = [];
    const walk = (part: JsonSchema, path: string): void => {
      for (const [name, child] of Object.entries(part.properties ?? {})) {
        if (child.description === undefined) undescribed.push(`${path}.${name}`);
        walk(child, `${path}.${name}`);
      }
      for (const child of [part.additionalProperties, ...(part.anyOf ?? [])])
        if (typeof child === "object") walk(child, `${path}[]`);
    };
    walk(schema, "");
    // What they are is said by the manifest's schema, one level up.
    expect(undescribed.filter((path) => !path.includes(".events."))).toEqual([]);
  });

  test("allows a reference wherever a value is bound to more than being text", async () => {
    const { properties, definitions } = await toEditorSchema(hostConfigSchema, about);
    const level = properties!["log"]!.properties!["level"]!;
    expect(level).toMatchObject({
      default: "info",
      description: "The least severe lines that are kept",
      anyOf: [
        { type: "string", enum: expect.arrayContaining(["warn"]) },
        { $ref: "#/definitions/environmentReference" },
      ],
    });
    const pattern = new RegExp(definitions!["environmentReference"]!.pattern!, "u");
    expect(["${LEVEL}", "${LEVEL:-info}", "x${A}"].every((text) => pattern.test(text))).toBe(true);
    expect(["$LEVEL", "${}", "infoo"].some((text) => pattern.test(text))).toBe(false);
  });
});

test("importing config loads neither a parser nor the schema library", async () => {
  const index = new URL("index.ts", import.meta.url).href;
  const script = `
    import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); urls.push(found.url); return found; } });
    await import(${JSON.stringify(index)});
    console.log(JSON.stringify(urls));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded.length).toBeGreaterThan(10);
  expect(loaded.filter((url) => /node_modules\/(zod|yaml|smol-toml|toml-eslint-parser)\//.test(url))).toEqual([]);
});
