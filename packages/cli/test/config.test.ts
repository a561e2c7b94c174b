import type { PluginToWrite } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { openProject, type Project } from "./run-cli.ts";

const TALKER: PluginToWrite = {
  name: "talker",
  provides: { service: ["talker"] },
  manifest: `
[config.schema]
required = ["name"]
[config.schema.properties]
name = { type = "string", description = "Who speaks" }
every_s = { type = "integer", minimum = 1, maximum = 60, default = 5 }
api_token = { type = "string", writeOnly = true }
`,
  source: `
    import { definePlugin, defineService } from "@berth/sdk";
    export default definePlugin({ provides: [defineService("talker", { create: () => ({ methods: {} }) })] });`,
};

const BERTH = `log:
  level: \${LEVEL:-debug}
plugins:
  talker:
    isolation: worker
    settings:
      name: Ada
      api_token: \${TOKEN}
`;

async function open(berth = BERTH): Promise<Project> {
  const project = await openProject({ plugins: [TALKER] });
  await project.write("berth.yaml", berth);
  return project;
}

const env = { TOKEN: "verysecret" };

describe("berth config validate", () => {
  test("finds a configuration with settings to be right [BWK-16]", async () => {
    await using project = await open();
    const { code, out } = await project.run(["config", "validate"], { env });
    expect(out).toMatch(/^berth\.yaml: fine, \d+ plugins\n$/);
    expect(code).toBe(0);
  });

  test("reports everything at once: host, settings, what is missing, and keys in the wrong place [RPT-98]", async () => {
    await using project = await open(
      "rots: []\nplugins:\n  talker:\n    every_s: 3\n    settings: { every_s: 99, nam: Ada }\n  Weather: {}\n",
    );
    const { code, out } = await project.run(["config", "validate"]);
    expect(out.replaceAll(/; allowed.*|allowed: .*/g, "…")).toBe(
      [
        "error: berth.yaml:1:1 rots: unknown key `rots`; did you mean `roots`? …",
        "error: berth.yaml:4:5 plugins.talker.every_s: unknown key `every_s`; did you mean `settings.every_s`? …",
        "error: berth.yaml:5:26 plugins.talker.settings.every_s: must be from 1 to 60, found 99",
        "error: berth.yaml:5:30 plugins.talker.settings.nam: unknown key `nam`; did you mean `name`? …",
        "error: berth.yaml:6:3 plugins.Weather: the key must be lower-case words joined by hyphens",
        "berth.yaml: 5 problems",
        "",
      ].join("\n"),
    );
    expect(code).toBe(2);
  });

  test("misses settings that a plugin cannot do without, and names entries for no plugin", async () => {
    await using project = await open("plugins: { talkr: {} }\n");
    const { code, out } = await project.run(["config", "validate", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      valid: false,
      problems: [{ path: "plugins.talker.settings.name", message: "is missing; must be text (Who speaks)" }],
      warnings: [{ path: "plugins.talkr", message: "no plugin of this name was found; did you mean `talker`?" }],
    });
    expect(code).toBe(2);
    await project.write("berth.yaml", "plugins: { talker: { enabled: false } }\n");
    expect((await project.run(["config", "validate"])).code).toBe(0);
  });

  test("reads berth.toml, and needs no file [RPT-98]", async () => {
    await using project = await open();
    await project.write("other.toml", '[plugins.talker.settings]\nname = "Ada"\nevery_s = "5"\n');
    const { out } = await project.run(["config", "validate", "--config", "other.toml"]);
    expect(out).toContain(
      'other.toml:3:11 plugins.talker.settings.every_s: must be a whole number from 1 to 60, found "5"',
    );
  });
});

describe("berth config show", () => {
  test("shows what holds and who says so: file, overlay, variable, default; secrets are masked [BWK-20]", async () => {
    await using project = await open();
    await project.write("berth.production.yaml", "log: { format: json }\n");
    const argv = ["config", "show", "--origin", "-e", "production"];
    const { out } = await project.run(argv, { env });
    const rows = out.split("\n").map((line) => line.replaceAll(/ {2,}/g, " | "));
    expect(rows).toEqual(
      expect.arrayContaining([
        "log.level | debug | berth.yaml:2:10, through ${LEVEL}",
        "log.format | json | berth.production.yaml:1:16",
        "data_dir | .berth | default",
        "plugins.talker.settings.name | Ada | berth.yaml:7:13",
        "plugins.talker.settings.every_s | 5 | default",
        "plugins.talker.settings.api_token | ${TOKEN} | berth.yaml:8:18, through ${TOKEN}",
      ]),
    );
    expect(out).not.toContain("verysecret");
    const { out: json } = await project.run([...argv, "--json"], { env });
    expect((JSON.parse(json) as { values: object[] }).values).toContainEqual({
      path: "plugins.talker.settings.api_token",
      value: "${TOKEN}",
      hidden: true,
      origin: { from: "environment", variables: ["TOKEN"], file: "berth.yaml", line: 8, column: 18 },
    });
  });

  test("shows it as a file otherwise", async () => {
    await using project = await open("plugins: { talker: { settings: { name: Ada, api_token: plainly } } }\n");
    const { out } = await project.run(["config", "show"]);
    expect(out).toContain('settings:\n      name: Ada\n      every_s: 5\n      api_token: "***"\n');
  });
});

describe("berth config diff", () => {
  test("says value by value what an environment changes [BWK-20]", async () => {
    await using project = await open();
    await project.write(
      "berth.production.yaml",
      "plugins: { talker: { settings: { every_s: 9, api_token: other } } }\n",
    );
    const { out } = await project.run(["config", "diff", "production"], { env });
    expect(out).toBe(
      [
        "- plugins.talker.settings.every_s: 5  default",
        "+ plugins.talker.settings.every_s: 9  berth.production.yaml:1:43",
        "- plugins.talker.settings.api_token: ${TOKEN} (hidden)  berth.yaml:8:18, through ${TOKEN}",
        "+ plugins.talker.settings.api_token: *** (hidden)  berth.production.yaml:1:57",
        "",
      ].join("\n"),
    );
    const both = await project.run(["config", "diff", "production", "production"], { env });
    expect(both.out).toBe("production and production do not differ\n");
    const { code, err } = await project.run(["config", "diff", "nowhere"], { env });
    expect([code, err]).toEqual([2, expect.stringContaining("Cannot read berth.nowhere.yaml: there is no such file")]);
    expect((await project.run(["config", "diff"])).code).toBe(2);
  });
});

describe("berth config template and schema", () => {
  test("template gives an entry that validates as it is [BWK-19]", async () => {
    await using project = await open();
    for (const [file, flags] of [
      ["a.yaml", []],
      ["a.toml", ["--toml"]],
    ] as const) {
      const { out } = await project.run(["config", "template", "talker", ...flags]);
      expect(out).toContain("# Who speaks: text, must be set\n");
      await project.write(file, out);
      expect(await project.run(["config", "validate", "--config", file])).toMatchObject({ code: 0 });
    }
    const { err, code } = await project.run(["config", "template", "tolker"]);
    expect([code, err]).toEqual([2, expect.stringContaining('did you mean "talker"?')]);
  });

  test("template of all plugins is a whole file", async () => {
    await using project = await open();
    const { out } = await project.run(["config", "template"]);
    await project.write("all.yaml", out);
    expect(await project.run(["config", "validate", "--config", "all.yaml"])).toMatchObject({ code: 0 });
  });

  test("schema describes the settings of the plugins that are there", async () => {
    await using project = await open();
    const { out } = await project.run(["config", "schema"]);
    const { properties } = JSON.parse(out) as { properties: { plugins: { properties: Record<string, unknown> } } };
    expect(properties.plugins.properties["talker"]).toMatchObject({
      properties: { settings: { required: ["name"], properties: { name: { type: "string" } } } },
    });
  });
});

const PAGING: PluginToWrite = {
  name: "paging",
  provides: { config: ["paging"], service: ["pager"] },
  manifest: `
[config.sections.paging]
required = ["from", "to"]
[config.sections.paging.properties]
from = { type = "integer" }
to = { type = "integer" }
`,
  source: `
    import { defineConfigSection, definePlugin, defineService, fields } from "@berth/sdk";
    let seen;
    export default definePlugin({
      provides: [
        defineConfigSection("paging", {
          config: fields({ from: { type: "int", required: true }, to: { type: "int", required: true } }),
          create: (config) => {
            seen = config;
            return { check: (section) => (section.from > section.to ? ["from must not come after to"] : []) };
          },
        }),
        defineService("pager", { create: () => ({ methods: { pages: () => seen } }) }),
      ],
    });`,
};

describe("A section that a plugin adds", () => {
  const plugins = "plugins: { paging: { isolation: inline, grant: asked } }\n";

  test.each<[string, string, string]>([
    [
      "by its schema, without its code",
      "paging: { from: 1, too: 3 }",
      "2:20 paging.too: unknown key `too`; did you mean `to`?",
    ],
    [
      "by its code",
      "paging: { from: 5, to: 3 }",
      '2:1 paging: Cannot use the section `paging` of plugin "paging": from must not come after to',
    ],
    ["by its name", "pagin: { from: 1, to: 3 }", "2:1 pagin: unknown key `pagin`; did you mean `paging`?"],
  ])("is checked %s [OPS-9]", async (_, line, problem) => {
    await using project = await openProject({ plugins: [PAGING] });
    await project.write("berth.yaml", `${plugins}${line}\n`);
    const { code, out } = await project.run(["config", "validate"]);
    expect(out).toContain(`error: berth.yaml:${problem}`);
    expect(code).toBe(2);
  });

  test("passes when all is well, and is in the schema for editors [OPS-9]", async () => {
    await using project = await openProject({ plugins: [PAGING] });
    await project.write("berth.yaml", `${plugins}paging: { from: 1, to: 3 }\n`);
    expect((await project.run(["config", "validate"])).out).toContain("fine");
    const { out } = await project.run(["config", "schema"]);
    expect(JSON.parse(out)).toMatchObject({ properties: { paging: { required: ["from", "to"] } } });
  });
});
