import type { PluginToWrite } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { openProject, type Project } from "./run-cli.ts";

/** A plugin whose settings changed their form twice. */
function talker(migrations: string): PluginToWrite {
  return {
    name: "talker",
    provides: { service: ["talker"] },
    manifest: `
[config]
version = 3
[config.schema]
required = ["name"]
[config.schema.properties]
name = { type = "string" }
every_s = { type = "integer", minimum = 1 }
api_key = { type = "string" }
`,
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      export default definePlugin({
        initialize() { throw new Error("no hook may run"); },
        migrations: [${migrations}],
        provides: [defineService("talker", { create: () => ({ methods: {} }) })],
      });`,
  };
}

const WAYS = `
  { from: 1, to: 2, migrate: ({ title, ...rest }) => ({ ...rest, name: title }) },
  { from: 2, to: 3, migrate: ({ every_minutes, ...rest }) => ({ ...rest, every_s: Number(every_minutes) * 60 }) },
  { from: 3, to: 2, migrate: ({ every_s, ...rest }) => ({ ...rest, every_minutes: Number(every_s) / 60 }) },`;

const BERTH = `# mine
plugins:
  talker: # speaks
    isolation: TIER
    minimum_isolation: runtime
    settings:
      title: Ada # who
      every_minutes: 2
      api_key: \${KEY}
log: { level: error } # little
`;
const env = { KEY: "verysecret" };

async function open(migrations = WAYS, tier = "inline"): Promise<Project> {
  const project = await openProject({ plugins: [talker(migrations)] });
  await project.write("berth.yaml", BERTH.replace("TIER", tier));
  return project;
}

const MIGRATED = `# mine
plugins:
  talker: # speaks
    isolation: inline
    minimum_isolation: runtime
    settings_version: 3
    settings:
      api_key: \${KEY}
      name: Ada
      every_s: 120
log: { level: error } # little
`;

describe("berth config migrate", () => {
  test("validate says that it is needed [BWK-18]", async () => {
    await using project = await open();
    const { code, out } = await project.run(["config", "validate"], { env });
    expect(out).toContain(
      "error: berth.yaml:6:5 plugins.talker.settings: its settings are of version 1, it takes version 3; see `berth config migrate talker --dry-run`",
    );
    expect(code).toBe(2);
  });

  test("--dry-run shows what would change, and writes nothing [BWK-18]", async () => {
    await using project = await open();
    await project.write("berth.production.yaml", "plugins: { talker: { settings: { every_minutes: 1 } } }\n");
    const before = await project.listing();
    const { code, out } = await project.run(["config", "migrate", "--dry-run"], { env });
    expect(out).toBe(
      [
        "talker: version 1 to 3",
        "- plugins.talker.settings.title: Ada",
        "- plugins.talker.settings.every_minutes: 2",
        "+ plugins.talker.settings.name: Ada",
        "+ plugins.talker.settings.every_s: 120",
        "berth.production.yaml sets some of them too: change it by hand",
        "",
      ].join("\n"),
    );
    expect([code, await project.listing()]).toEqual([0, before]);
  });

  test.each(["inline", "worker", "process"])(
    "writes what the plugin makes of its settings in tier %s, keeps the rest and a backup [BWK-18]",
    async (tier) => {
      await using project = await open(WAYS, tier);
      const { code, out } = await project.run(["config", "migrate", "talker", "--yes"], { env });
      const [, backup = "none"] = /Wrote berth\.yaml; what it was is in (berth\.yaml\.[\dT-]+\.bak)\n/.exec(out) ?? [];
      expect(code).toBe(0);
      expect(await project.read("berth.yaml")).toBe(MIGRATED.replace("inline", tier));
      expect(await project.read(backup)).toBe(BERTH.replace("TIER", tier));
      expect((await project.run(["config", "validate"], { env })).code).toBe(0);
      expect((await project.run(["config", "migrate", "--json"], { env })).code).toBe(2);
      const { out: again } = await project.run(["config", "migrate"], { env });
      expect(again).toBe("berth.yaml: all settings are of the version their plugin takes\n");
    },
  );

  test("asks, and leads back where the author wrote a way back [BWK-18]", async () => {
    await using project = await open();
    await project.write("berth.yaml", MIGRATED);
    const said = await project.run(["config", "migrate", "talker", "--to", "2"], { env, prompt: async () => "n" });
    expect([said.code, await project.read("berth.yaml")]).toEqual([1, MIGRATED]);
    const done = await project.run(["config", "migrate", "talker", "--to", "2"], { env, prompt: async () => "y" });
    expect(done.code).toBe(0);
    expect(await project.read("berth.yaml")).toContain(
      "settings_version: 2\n    settings:\n      api_key: ${KEY}\n      name: Ada\n      every_minutes: 2\n",
    );
  });

  test.each<[string, string, string]>([
    [
      "there is no way",
      "{ from: 2, to: 3, migrate: (all) => all }",
      "from version 1 to 3: it has migrations 2 to 3, which do not lead there",
    ],
    [
      "one throws",
      '{ from: 1, to: 3, migrate: () => { throw new Error("no title") } }',
      "its migration from 1 to 3 failed: no title",
    ],
    ["one gives what is no settings", "{ from: 1, to: 3, migrate: () => [] }", "returned no settings"],
    [
      "one gives what no file can hold",
      "{ from: 1, to: 3, migrate: () => ({ name: () => 1 }) }",
      "returned what no file can hold",
    ],
    [
      "one gives what the plugin does not take",
      "{ from: 1, to: 3, migrate: () => ({ name: 5 }) }",
      "settings.name: must be text, found 5",
    ],
  ])("writes nothing when %s [BWK-18]", async (_, migrations, reason) => {
    await using project = await open(migrations);
    const before = await project.listing();
    const { code, err } = await project.run(["config", "migrate", "--yes"], { env });
    expect(err).toContain(reason);
    expect(code).not.toBe(0);
    expect(await project.listing()).toEqual(before);
  });

  test("gives the text to paste where the language would lose comments", async () => {
    await using project = await open();
    await project.write(
      "other.toml",
      '[plugins.talker]\nisolation = "inline"\n[plugins.talker.settings]\ntitle = "Ada" # who\nevery_minutes = 1\n',
    );
    const { code, err } = await project.run(["config", "migrate", "--config", "other.toml", "--yes"]);
    expect(err).toContain(
      '[plugins.talker]\nsettings_version = 3\n[plugins.talker.settings]\nname = "Ada"\nevery_s = 60',
    );
    expect(code).not.toBe(0);
  });
});
