import { mkdir, mkdtempDisposable, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHost, writePlugin } from "@berth/testing";
import { afterEach, describe, expect, test } from "vitest";
import { aCall, echoPlugin, takeLoaded } from "./plugins-of-tests.ts";

const signal = (): AbortSignal => AbortSignal.timeout(20_000);
const temporaryFolder = () => mkdtempDisposable(join(tmpdir(), "berth-host-"));

afterEach(() => void takeLoaded());

describe("Host", () => {
  test("finds the plugins of a folder, knows what each provides, and runs no code for it [RPT-32] [RPT-43]", async () => {
    await using folder = await temporaryFolder();
    for (const name of ["tides", "moon"]) await writePlugin(folder.path, echoPlugin(name));
    await using host = await createTestHost({
      roots: [{ kind: "folder", path: folder.path, trust: "first-party" }],
    });
    expect(host.plugins.plugins.map(({ name, state, provides }) => ({ name, state, provides }))).toEqual([
      { name: "moon", state: "unloaded", provides: ["source/moon"] },
      { name: "tides", state: "unloaded", provides: ["source/tides"] },
    ]);
    expect(host.plugins.names("source")).toEqual(["moon", "tides"]);
    expect(host.plugins.provider("source/tides").name).toBe("tides");
    await host.start(signal());
    expect(takeLoaded()).toEqual([]);
  });

  test("loads a plugin at its first use, once, and no other with it [RPT-35] [RPT-43]", async () => {
    await using host = await createTestHost({ plugins: [echoPlugin("tides"), echoPlugin("moon")] });
    await using first = host.instance({ contribution: "source/tides", instanceId: "first" });
    await using second = host.instance({ contribution: "source/tides", instanceId: "second" });
    const answers = await Promise.all([first, second].map((instance) => instance.method("fetch")([], aCall())));
    expect(answers).toEqual([
      { title: "first", lines: ["nothing", "1"] },
      { title: "second", lines: ["nothing", "1"] },
    ]);
    expect(takeLoaded()).toEqual(["tides"]);
    expect(host.plugins.get("tides").state).toBe("active");
    expect(host.plugins.get("moon").state).toBe("unloaded");
  });

  test("hands each instance the configuration that is its own [RPT-36]", async () => {
    await using host = await createTestHost({ plugins: [echoPlugin("tides")] });
    const open = (instanceId: string, config: object) =>
      host.instance({ contribution: "source/tides", instanceId, config });
    await using north = open("north", { text: "N", count: 3 });
    await using south = open("south", { text: "S" });
    expect(await north.method("fetch")([], aCall())).toEqual({ title: "north", lines: ["N", "3"] });
    expect(await south.method("fetch")([], aCall())).toEqual({ title: "south", lines: ["S", "1"] });
  });

  test("refuses a configuration that the plugin's schema refuses, naming instance and fields [RPT-36] [RPT-42]", async () => {
    await using host = await createTestHost({ plugins: [echoPlugin("tides")] });
    await using instance = host.instance({
      contribution: "source/tides",
      instanceId: "north",
      config: { count: -1, colour: "red" },
    });
    const opening = instance.open(signal());
    await expect(opening).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/^Cannot configure "north" \(source\/tides\): (?=.*count)(?=.*colour)/),
    });
  });

  test("starts what is to run from the start, and only that", async () => {
    const plugins = [
      echoPlugin("eager", { manifest: '[runtime]\nload = "eager"' }),
      echoPlugin("needed", { manifest: 'criticality = "required"' }),
      echoPlugin("lazy"),
    ];
    await using host = await createTestHost({ plugins });
    expect(takeLoaded()).toEqual([]);
    expect(await host.start(signal())).toEqual([]);
    expect(takeLoaded()).toEqual(["eager", "needed"]);
  });

  test("answers a name that nobody provides with the nearest and with all there are [RPT-42]", async () => {
    await using host = await createTestHost({ plugins: [echoPlugin("tides"), echoPlugin("moon")] });
    const ask = () => host.instance({ contribution: "source/tdies", instanceId: "x" });
    expect(ask).toThrow(
      expect.objectContaining({
        code: "CALL_UNKNOWN_CONTRIBUTION",
        message: 'No plugin provides source/tdies; did you mean "tides"? Available: moon, tides',
      }),
    );
    expect(() => host.plugins.get("mon")).toThrow('No plugin is named "mon"; did you mean "moon"?');
    expect(() => host.plugins.get("weather")).toThrow('No plugin is named "weather"; there are tides, moon');
    expect(() => host.plugins.provider("layout/x")).toThrow("No plugin provides layout/x. Available: none");
  });

  test("names some of many plugins, and how many more there are [RPT-42]", async () => {
    const names = Array.from({ length: 102 }, (_, n) => `tide-${n + 100}`);
    await using host = await createTestHost({ plugins: names.map((name) => echoPlugin(name)) });
    expect(() => host.plugins.get("weather")).toThrow(
      `No plugin is named "weather"; there are ${names.slice(0, 100).join(", ")} and 2 more`,
    );
  });
});

describe("Host with plugins that are not right", () => {
  test("reports a broken manifest by file, line and column, and loads the rest [RPT-133] [RPT-34]", async () => {
    await using folder = await temporaryFolder();
    await writePlugin(folder.path, echoPlugin("fine"));
    await writePlugin(folder.path, echoPlugin("broken", { files: { "plugin.toml": '[plugin]\nnam = "broken"\n' } }));
    await using host = await createTestHost({ roots: [{ kind: "folder", path: folder.path, trust: "first-party" }] });
    expect(host.plugins.plugins.map(({ name }) => name)).toEqual(["fine"]);
    const [trouble, ...others] = host.plugins.troubles;
    expect(others).toEqual([]);
    expect(trouble).toMatchObject({ plugin: join(folder.path, "broken"), error: { code: "MANIFEST_INVALID" } });
    const warnings = host.records.filter(({ level }) => level === "warn");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toMatch(/plugin\.toml:2:1 plugin\.nam: .*did you mean `name`/);
  });

  test("fails the use of a plugin whose code is missing, naming plugin and file, and nothing else [RPT-34]", async () => {
    await using host = await createTestHost({ plugins: [echoPlugin("gone"), echoPlugin("fine")] });
    await rm(join(host.plugins.get("gone").folder, "src/plugin.ts"));
    await using gone = host.instance({ contribution: "source/gone", instanceId: "g" });
    await using fine = host.instance({ contribution: "source/fine", instanceId: "f" });
    const call = gone.method("fetch")([], aCall());
    await expect(call).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
      message: expect.stringMatching(/^Cannot load plugin "gone" from src\/plugin\.ts: Cannot find module/),
    });
    expect(await fine.method("fetch")([], aCall())).toMatchObject({ title: "f" });
    expect(host.plugins.get("gone").state).toBe("failed");
  });

  test("loads a failed plugin once it is mended, without a new start [RPT-34] [RPT-41]", async () => {
    const source = echoPlugin("late").source;
    await using host = await createTestHost({ plugins: [echoPlugin("late", { source: "export default 5 +" })] });
    await using instance = host.instance({ contribution: "source/late", instanceId: "l" });
    await expect(instance.method("fetch")([], aCall())).rejects.toThrow('Cannot load plugin "late"');
    await writeFile(join(host.plugins.get("late").folder, "src/plugin.ts"), source);
    expect(await instance.method("fetch")([], aCall())).toMatchObject({ title: "l" });
  });

  test("starts a plugin as soon as its data folder can be made", async () => {
    await using host = await createTestHost({ plugins: [echoPlugin("late")] });
    const inTheWay = join(host.dataFolder, "plugins");
    await writeFile(inTheWay, "");
    await using instance = host.instance({ contribution: "source/late", instanceId: "l" });
    await expect(instance.method("fetch")([], aCall())).rejects.toThrow('Cannot start plugin "late": ');
    await rm(inTheWay);
    expect(await instance.method("fetch")([], aCall())).toMatchObject({ title: "l" });
  });

  test("keeps the first of two plugins of one name and names both folders", async () => {
    await using folder = await temporaryFolder();
    const paths = ["one", "two"].map((name) => join(folder.path, name));
    for (const path of paths) await writePlugin(path, echoPlugin("twin"));
    await using host = await createTestHost({
      roots: paths.map((path) => ({ kind: "folder", path, trust: "first-party" })),
    });
    expect(host.plugins.get("twin").folder).toBe(join(paths[0]!, "twin"));
    expect(host.plugins.troubles.map(({ error }) => [error.code, error.message])).toEqual([
      ["PLUGIN_DUPLICATE", expect.stringContaining(paths[1]!)],
    ]);
  });

  test("gives a contested contribution to the plugin found first and says whose was refused", async () => {
    const second = echoPlugin("second", { provides: { source: ["tides", "second"] } });
    await using host = await createTestHost({ plugins: [echoPlugin("tides"), second] });
    expect(host.plugins.provider("source/tides").name).toBe("tides");
    expect(host.plugins.provider("source/second").name).toBe("second");
    expect(host.plugins.troubles.map(({ error }) => error.message)).toEqual([
      'Cannot use source/tides of plugin "second": plugin "tides" provides it already',
    ]);
  });

  test("goes on when a root cannot be looked into, naming it", async () => {
    await using folder = await temporaryFolder();
    const notAFolder = join(folder.path, "file");
    await writeFile(notAFolder, "");
    await using host = await createTestHost({
      plugins: [echoPlugin("fine")],
      roots: [{ kind: "folder", path: notAFolder, trust: "first-party", optional: true }],
    });
    expect(host.plugins.plugins.map(({ name }) => name)).toEqual(["fine"]);
    expect(host.plugins.troubles).toMatchObject([{ plugin: notAFolder, error: { code: "PLUGIN_NOT_FOUND" } }]);
    expect(host.plugins.troubles[0]?.error.message).toContain(`Cannot look for plugins in "${notAFolder}"`);
  });

  test("says of a plugin that the operator switched off, whoever asks for it, that it is off", async () => {
    const config = { plugins: { moon: { enabled: false, accept_unenforced: [] } } };
    await using host = await createTestHost({ plugins: [echoPlugin("moon")], config });
    expect(host.plugins.plugins).toEqual([]);
    expect(() => host.plugins.get("moon")).toThrow('Plugin "moon" is disabled by plugins.moon.enabled');
    expect(host.records.filter(({ level }) => level === "warn")).toEqual([]);
  });

  test("finds on a second start what the first has left in the index", async () => {
    await using folder = await temporaryFolder();
    const plugins = [echoPlugin("tides")];
    for (let start = 0; start < 2; start++) {
      await using host = await createTestHost({ folder: folder.path, plugins });
      expect(host.plugins.names("source")).toEqual(["tides"]);
    }
    await mkdir(join(folder.path, "plugins/empty"));
    await using host = await createTestHost({ folder: folder.path, plugins });
    expect(host.plugins.troubles).toEqual([]);
  });
});
