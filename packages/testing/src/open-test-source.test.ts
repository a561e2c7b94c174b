import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readManifest } from "@berth/kernel/manifest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTestSource } from "./open-test-source.ts";

const PLUGINS = join(import.meta.dirname, "../../../plugins");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-plugin-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A plugin without the SDK: only the mark and a source whose parts the test says. */
async function writePlugin(instance: string, manifest = ""): Promise<void> {
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(
    join(folder, "plugin.toml"),
    `[plugin]\nname = "under-test"\nversion = "1.0.0"\n[provides]\nsource = ["it"]\n[runtime]\nentry = "plugin.js"\n${manifest}`,
  );
  await writeFile(
    join(folder, "plugin.js"),
    `export default { [Symbol.for("berth.PluginDefinition")]: true, provides: [
       { kind: "source", name: "it", create: (config, ctx) => (${instance}) } ] };`,
  );
}

describe("openTestSource", () => {
  test("runs a source as the host does", async () => {
    await writePlugin('{ fetch: async (call) => ({ title: "T", lines: [String(call.attempt)] }) }');
    await using source = await openTestSource({ folder, source: "it" });
    const content = await source.fetch();
    expect(content).toEqual({ title: "T", lines: ["1"] });
    expect(await source.shouldRender(content!)).toBe(true);
  });

  test("asks a source that has an opinion whether to draw", async () => {
    await writePlugin("{ fetch: async () => undefined, shouldRender: (content, previous) => previous === undefined }");
    await using source = await openTestSource({ folder, source: "it" });
    const content = { title: "T", lines: [] };
    expect(await source.fetch()).toBeUndefined();
    expect([await source.shouldRender(content), await source.shouldRender(content, content)]).toEqual([true, false]);
  });

  test("refuses a manifest with problems, a module that breaks its promise, and content beyond the bounds", async () => {
    await writePlugin("{ fetch: async () => ({ title: 5 }) }");
    await using source = await openTestSource({ folder, source: "it" });
    await expect(source.fetch()).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await expect(openTestSource({ folder, source: "other" })).rejects.toMatchObject({
      code: "CALL_UNKNOWN_CONTRIBUTION",
    });
    await writePlugin("{}");
    await writeFile(join(folder, "plugin.toml"), "[plugin]\nname = 1\n");
    await expect(openTestSource({ folder, source: "it" })).rejects.toMatchObject({ code: "MANIFEST_INVALID" });
  });

  test("grants what the manifest asks for, and nothing else", async () => {
    const path = JSON.stringify(join(folder, "plugin.toml"));
    const code = `{ fetch: async () => ({ title: "T", lines: [(await ctx.files.readText(${path})).slice(0, 8)] }) }`;
    await writePlugin(code);
    await using without = await openTestSource({ folder, source: "it" });
    await expect(without.fetch()).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    await writePlugin(code, `[permissions]\nfilesystem = { read = [${JSON.stringify(folder)}] }\n`);
    await using within = await openTestSource({ folder, source: "it" });
    expect((await within.fetch())?.lines).toEqual(["[plugin]"]);
  });

  test("reads a recorded folder in place of a real one, if that is granted", async () => {
    await writeFile(join(folder, "version"), "recorded");
    await writePlugin(
      '{ fetch: async () => ({ title: "T", lines: [await ctx.files.readText("/proc/version")] }) }',
      '[permissions]\nfilesystem = { read = ["/proc"] }\n',
    );
    await using source = await openTestSource({ folder, source: "it", standIns: { "/proc": folder } });
    expect((await source.fetch())?.lines).toEqual(["recorded"]);
  });
});

test("every plugin that comes with Berth has a manifest without problems, and the sources are all found [SIG-65]", async () => {
  const names = (await readdir(PLUGINS, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const sources: string[] = [];
  for (const name of names) {
    const file = join(PLUGINS, name, "plugin.toml");
    const reading = await readManifest(await readFile(file), file);
    expect(reading, name).toHaveProperty("manifest");
    if (!("manifest" in reading)) continue;
    if (!reading.manifest.provides.source) continue;
    const about = JSON.parse(await readFile(join(PLUGINS, name, "package.json"), "utf8")) as Record<string, unknown>;
    expect(about, name).toMatchObject({
      keywords: ["berth-plugin"],
      berth: { manifest: "plugin.toml" },
      version: reading.manifest.plugin.version,
    });
    sources.push(...reading.manifest.provides.source);
  }
  expect(sources.sort()).toEqual(
    expect.arrayContaining(["git-activity", "run-history", "stock", "system-health", "weather"]),
  );
});
