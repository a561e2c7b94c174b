import { join } from "node:path";
import { type PluginToWrite, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { openProject, type Project } from "./run-cli.ts";

const SOURCE = 'throw new Error("nothing here runs a plugin");';

function plugin(name: string, dependencies = "", about: Partial<PluginToWrite> = {}): PluginToWrite {
  return { name, provides: { service: [name] }, source: SOURCE, manifest: `[dependencies]\n${dependencies}`, ...about };
}

const SOUND = [
  plugin("page", 'requires = { chart = "^1" }\nservices = ["machine", "metrics"]\noptional = { maps = "*" }'),
  plugin("board", 'requires = { chart = ">=1" }'),
  plugin("chart", 'requires = { fonts = "*" }', { version: "1.2.0", folder: "chart-1" }),
  plugin("chart", 'requires = { fonts = "*" }', { version: "2.0.0", folder: "chart-2" }),
  plugin("fonts"),
  plugin("prometheus", "", { provides: { service: ["metrics"] } }),
];

const BROKEN = [
  plugin("app", 'requires = { left = "*", right = "*" }'),
  plugin("left", 'requires = { base-parts = "^1" }'),
  plugin("right", 'requires = { base-parts = "^2" }'),
  plugin("base-parts", "", { version: "1.4.0" }),
];

/** A second version of a plugin is written beside the first: what is said of it in berth.yaml is said by its name. */
async function open(plugins: readonly PluginToWrite[]): Promise<Project> {
  const first = plugins.filter(({ name }, at) => plugins.findIndex((one) => one.name === name) === at);
  const project = await openProject({ plugins: first, sources: [] });
  for (const one of plugins) if (!first.includes(one)) await writePlugin(join(project.path, "plugins"), one);
  return project;
}

/** The names of plugins that come with Berth are none of these tests' business. */
const own = (out: string, names: readonly string[]): string[] =>
  out.split("\n").filter((line) => line.startsWith(" ") || names.some((name) => line.startsWith(name)));

describe("berth plugins deps", () => {
  test("shows who is bound to which version of whom as a tree, each once [OPS-12, OPS-14, BWK-38]", async () => {
    await using project = await open(SOUND);
    const { code, out, err } = await project.run(["plugins", "deps"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(own(out, ["page", "board", "chart"])).toEqual([
      "board 1.0.0",
      "  requires chart >=1 -> chart 2.0.0",
      "    requires fonts * -> fonts 1.0.0",
      "page 1.0.0",
      "  requires chart ^1 -> chart 1.2.0",
      "    requires fonts * -> fonts 1.0.0",
      "  service machine -> the host",
      "  service metrics -> prometheus 1.0.0",
      "  optional maps * -> not there",
    ]);
  });

  test("shows one plugin with who needs it, and is a document for programs", async () => {
    await using project = await open(SOUND);
    expect((await project.run(["plugins", "deps", "fonts"])).out).toBe("fonts 1.0.0\n  needed by chart, chart@1.2.0\n");
    const { out } = await project.run(["plugins", "deps", "page", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      leftOut: [],
      plugins: [
        {
          id: "page",
          requires: [{ name: "chart", range: "^1", to: "chart@1.2.0" }],
          services: [
            { name: "machine", to: "host" },
            { name: "metrics", to: "prometheus" },
          ],
          optional: [{ name: "maps", range: "*" }],
          neededBy: [],
        },
      ],
    });
    const missing = await project.run(["plugins", "deps", "pag"]);
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining(`did you mean "page"?`)]);
  });
});

describe("berth plugins check-deps", () => {
  test("ends with 0 where everything has what it needs", async () => {
    await using project = await open(SOUND);
    const { code, out } = await project.run(["plugins", "check-deps"]);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\d+ plugins have what they need\.\n$/) });
  });

  test("names the chains that disagree, and with --resolve what would help; ends with 1 [OPS-13, BWK-39]", async () => {
    await using project = await open(BROKEN);
    const { code, out } = await project.run(["plugins", "check-deps", "--resolve"]);
    expect(code).toBe(1);
    expect(out.split("\n").filter((line) => !/have what they need/.test(line))).toEqual([
      'Cannot use plugin "app": of "base-parts" there is only 1.4.0, which fits app -> left 1.0.0 -> base-parts ^1 and not app -> right 1.0.0 -> base-parts ^2',
      'Cannot use plugin "right": of "base-parts" there is only 1.4.0, which fits app -> left 1.0.0 -> base-parts ^1 and not right -> base-parts ^2',
      "",
      "What would help:",
      '  1. Install "base-parts" within ^2; it runs beside 1.4.0 (app, right)',
      "",
    ]);
    const { out: json } = await project.run(["plugins", "check-deps", "--resolve", "--json"]);
    expect(JSON.parse(json)).toMatchObject({
      satisfied: expect.arrayContaining(["left", "base-parts"]),
      problems: [{ plugin: "app", code: "DEPENDENCY_MISSING" }, { plugin: "right" }],
      fixes: [{ plugins: ["app", "right"], fix: { do: "install", plugin: "base-parts", range: "^2" } }],
    });
  });

  test("ends with 1 and says what is wrong where a manifest cannot be read [OPS-50]", async () => {
    await using project = await open([plugin("fonts")]);
    await project.write("plugins/half/plugin.toml", "[plugin");
    const { code, out } = await project.run(["plugins", "check-deps"]);
    expect(code).toBe(1);
    expect(out).toContain("half/plugin.toml:1:");
    expect(out).toMatch(/plugins have what they need; 1 cannot be used\.\n$/);
    const json = await project.run(["plugins", "check-deps", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ problems: [], unusable: [{ code: "MANIFEST_INVALID" }] });
    const listed = await project.run(["plugins", "list"]);
    expect(listed.out).toMatch(/its manifest has a problem; `berth plugins validate .*half` says what/);
  });

  test("says of a disabled plugin how it is enabled [OPS-48]", async () => {
    await using project = await open(SOUND);
    await project.run(["plugins", "disable", "fonts", "--with-dependents"]);
    expect((await project.run(["plugins", "check-deps"])).code).toBe(0);
    await project.run(["plugins", "enable", "chart"]);
    const { code, out } = await project.run(["plugins", "check-deps", "--resolve"]);
    expect(code).toBe(1);
    expect(out).toContain("`berth plugins enable fonts`");
  });
});
