import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openProject, type Project } from "./run-cli.ts";

const ENTRY = "plugins/kettle/src/plugin.ts";
const MANIFEST = "plugins/kettle/plugin.toml";
const BUILD = ["dev", "build", "--target", "wasm", "plugins/kettle"];

const SOURCE = `
import { definePlugin, defineSource } from "@berth/sdk";
export default definePlugin({
  provides: [defineSource("kettle", { create: (_, ctx) => ({
    fetch: async () => ({ title: "Kettle", lines: [await (await ctx.fetch("https://kettle.example")).text()] }),
  }) })],
});
`;
const TOML = `
[plugin]
name = "kettle"
version = "1.0.0"

[provides]
source = ["kettle"]

[permissions]
network = ["kettle.example"]
`;

async function kettleProject(files: Record<string, string> = {}): Promise<Project> {
  const project = await openProject();
  for (const [file, text] of Object.entries({ [ENTRY]: SOURCE, [MANIFEST]: TOML, ...files })) {
    await project.write(file, text);
  }
  return project;
}

describe("berth dev build [RPT-61, RPT-62]", { tags: ["slow"] }, () => {
  test("makes a component, and says what is in it and how to use it", async () => {
    await using kettle = await kettleProject();
    const { code, out, err } = await kettle.run(BUILD);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^Built plugins\/kettle\/dist\/plugin\.wasm: \d\.\d MiB in \d+\.\d s\n/);
    expect(out).toContain("It provides source/kettle\n");
    expect(out).toContain(
      "It imports berth:plugin/host@1.0.0, berth:plugin/clock@1.0.0, berth:plugin/random@1.0.0, berth:plugin/fetch@1.0.0",
    );
    expect(out).toContain('put into [runtime] of plugin.toml: wasm = "dist/plugin.wasm"');
    const bytes = await readFile(join(kettle.path, "plugins/kettle/dist/plugin.wasm"));
    expect([...bytes.subarray(0, 8)]).toEqual([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
  });

  test("writes where the manifest says, and tells programs in JSON", async () => {
    await using kettle = await kettleProject({ [MANIFEST]: `${TOML}\n[runtime]\nwasm = "out/kettle.wasm"\n` });
    const { code, out } = await kettle.run([...BUILD, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ version: 1, plugin: "kettle", contributions: ["source/kettle"] });
    expect(existsSync(join(kettle.path, "plugins/kettle/out/kettle.wasm"))).toBe(true);
  });

  test("holds what it built against the manifest", async () => {
    await using kettle = await kettleProject({ [MANIFEST]: TOML.replace('"kettle"]', '"kettle", "toaster"]') });
    const { code, err } = await kettle.run(BUILD);
    expect(code).toBe(1);
    expect(err).toContain("source/toaster");
  });
});

describe("berth dev build says what is wrong", () => {
  test.each<[string, Record<string, string>, string[], number, string]>([
    ["no target", {}, ["dev", "build"], 2, "--target"],
    ["another target", {}, ["dev", "build", "--target", "jvm"], 2, "Allowed choices are wasm"],
    ["no plugin", {}, ["dev", "build", "--target", "wasm", "nowhere"], 2, "there is no plugin.toml in"],
    ["a manifest that is wrong", { [MANIFEST]: `${TOML}\n[runtime]\nwasn = "x"\n` }, BUILD, 2, "runtime.wasn"],
    ["no source", { [MANIFEST]: `${TOML}\n[runtime]\nentry = "src/none.ts"\n` }, BUILD, 2, "there is no src/none.ts"],
    [
      "another language",
      { [MANIFEST]: `${TOML}\n[runtime]\ntype = "external"\nentry = "run.sh"\n` },
      BUILD,
      2,
      "of type external",
    ],
    ["Node.js in it", { [ENTRY]: 'import "node:fs"; export default 1;' }, BUILD, 1, "use ctx.files"],
  ])("%s", async (_, files, argv, code, message) => {
    await using kettle = await kettleProject(files);
    const outcome = await kettle.run(argv);
    expect(outcome.err).toContain(message);
    expect(outcome.code).toBe(code);
  });
});
