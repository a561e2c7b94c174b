import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtempDisposable, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@berth/base";
import { defaultHostConfig, type HostConfig } from "@berth/kernel/config";
import type { Runner, TierReport } from "@berth/kernel/runner";
import { type PluginToWrite, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { lookAtStorage } from "../grants/look-at-storage.ts";
import { openGrantDesk } from "../grants/open-grant-desk.ts";
import { ask } from "../../test/ask-for-tests.ts";
import { examineDataFolder } from "./data-folder.ts";
import { examine } from "./examine.ts";
import { platformNotes } from "./platform-notes.ts";

const PLUGIN: PluginToWrite = { name: "ledger", provides: { source: ["ledger"] }, source: "export default 1;" };

/** A runner that knows what it offers here, and opens nothing. */
function runnerOf(report: Partial<TierReport> & Pick<TierReport, "tier">): Runner {
  const whole: TierReport = { level: "none", mechanisms: [], enforces: {}, ...report };
  const open = (): never => {
    throw new Error("nothing is opened to be looked at");
  };
  return { tier: report.tier, report: async () => whole, open };
}

const inline = runnerOf({ tier: "inline" });
const sandbox = runnerOf({ tier: "process", level: "kernel", enforces: { "limits.memory_mb": "control group" } });

interface Surroundings {
  plugin?: Partial<PluginToWrite>;
  config?: Partial<HostConfig>;
  runners?: readonly Runner[];
}

async function examined({ plugin = {}, config = {}, runners = [inline, sandbox] }: Surroundings = {}) {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-doctor-"));
  const plugins = join(folder.path, "plugins");
  await writePlugin(plugins, { ...PLUGIN, ...plugin });
  const dataFolder = join(folder.path, ".berth");
  const clock = systemClock;
  using storage = lookAtStorage(dataFolder, clock);
  const report = await examine({
    roots: [{ kind: "folder", path: plugins, trust: "third-party" }],
    config: { ...defaultHostConfig(), ...config },
    workingFolder: folder.path,
    dataFolder,
    storage,
    runners,
    clock,
  });
  return { report, files: await readdir(folder.path) };
}

describe("examine", () => {
  test("says that every plugin can run, by what, and changes nothing", async () => {
    const { report, files } = await examined();
    expect(report).toMatchObject({
      isFine: true,
      machine: { platform: process.platform, arch: process.arch },
      node: { version: process.versions.node, isSupported: true },
      dataFolder: { state: "absent" },
      plugins: [{ name: "ledger", version: "1.0.0", tier: "process", trust: "third-party", verdict: "runs" }],
      unusable: [],
    });
    expect(report.tiers.map(({ tier, report: offered }) => [tier, offered?.level])).toEqual([
      ["inline", "none"],
      ["process", "kernel"],
    ]);
    expect(files).toEqual(["plugins"]);
  });

  test.each<[string, Surroundings, string]>([
    [
      "no sandbox for a stranger's plugin",
      { runners: [inline, runnerOf({ tier: "process", level: "runtime" })] },
      "this machine offers no sandbox as firm as kernel, only runtime; see above what is missing, or accept less with plugins.ledger.minimum_isolation: runtime",
    ],
    [
      "not even the rules of the runtime, where those were accepted",
      {
        runners: [runnerOf({ tier: "process", level: "none" })],
        config: { plugins: { ledger: { enabled: true, accept_unenforced: [], minimum_isolation: "runtime" } } },
      },
      "no sandbox as firm as runtime, only none",
    ],
    [
      "a limit that nothing holds here",
      { plugin: { manifest: "[limits]\ncpu_percent = 50\nmemory_mb = 64" } },
      "it cannot enforce limits.cpu_percent",
    ],
    ["no runner for its tier", { runners: [inline] }, "this host has inline"],
    [
      "a tier that cannot be asked",
      { runners: [{ ...sandbox, report: () => Promise.reject(new Error("no memory")) }] },
      "Cannot find out what tier process offers here: no memory",
    ],
  ])("names %s, and says so as a whole [RPT-44]", async (_what, surroundings, sentence) => {
    const { report } = await examined(surroundings);
    expect(report.isFine).toBe(false);
    expect(report.plugins).toMatchObject([
      {
        name: "ledger",
        verdict: "cannot-run",
        problem: { code: "TIER_UNAVAILABLE", message: expect.stringContaining(sentence) },
      },
    ]);
  });

  test("takes rules of the runtime where they were accepted by name, and a limit that was waived", async () => {
    const settings = {
      enabled: true,
      accept_unenforced: ["limits.cpu_percent"],
      minimum_isolation: "runtime" as const,
    };
    const { report } = await examined({
      runners: [runnerOf({ tier: "process", level: "runtime" })],
      config: { plugins: { ledger: settings } },
      plugin: { manifest: "[limits]\ncpu_percent = 50" },
    });
    expect(report.isFine).toBe(true);
  });

  test("leaves a plugin alone that is switched off", async () => {
    const { report } = await examined({
      runners: [inline],
      config: { plugins: { ledger: { enabled: false, accept_unenforced: [] } } },
    });
    expect([report.isFine, report.plugins[0]?.verdict]).toEqual([true, "disabled"]);
  });

  test("names a plugin that is held, and folders that hold none", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-doctor-"));
    const plugins = join(folder.path, "plugins");
    const asking = { ...PLUGIN, manifest: '[permissions]\nnetwork = ["a.example", "b.example"]' };
    await writePlugin(plugins, asking);
    mkdirSync(join(plugins, "broken"));
    writeFileSync(join(plugins, "broken/plugin.toml"), "[plugin]\n");
    const dataFolder = join(folder.path, ".berth");
    const desk = openGrantDesk({ dataFolder, workingFolder: folder.path, clock: systemClock });
    const { permissions } = ask({ network: ["a.example"] });
    const { discover } = await import("@berth/kernel/discovery");
    const root = { kind: "folder", path: plugins, trust: "third-party" } as const;
    const found = (await discover({ roots: [root] })).plugins[0]!;
    const manifest = { ...found.manifest, permissions: { network: ["a.example"] } };
    const order = { granted: permissions, digest: "sha256:0", isPinned: false, by: "ada" };
    await desk.desk.grant({ name: found.name, version: "0.9.0", manifest }, order);
    await desk[Symbol.asyncDispose]();
    using storage = lookAtStorage(dataFolder, systemClock);
    const report = await examine({
      roots: [root],
      config: defaultHostConfig(),
      workingFolder: folder.path,
      dataFolder,
      storage,
      runners: [sandbox],
    });
    expect(report).toMatchObject({
      isFine: false,
      dataFolder: { state: "ready" },
      plugins: [{ verdict: "cannot-run", state: "held", problem: { code: "GRANT_PENDING" } }],
      unusable: [{ place: join(plugins, "broken"), problem: { code: "MANIFEST_INVALID" } }],
    });
  });
});

describe("examineDataFolder", () => {
  test("tells a folder from none and from one that cannot be used", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-doctor-"));
    const at = (path: string): string => join(folder.path, path);
    writeFileSync(at("file"), "");
    expect(examineDataFolder(folder.path)).toEqual({ path: folder.path, state: "ready" });
    expect(examineDataFolder(at("a/b/c"))).toEqual({ path: at("a/b/c"), state: "absent" });
    expect(examineDataFolder(at("file"))).toMatchObject({ state: "unusable", problem: `${at("file")} is no folder` });
  });

  test("names what stands where a folder is to be made", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-doctor-"));
    const file = join(folder.path, "file");
    writeFileSync(file, "");
    const report = examineDataFolder(join(file, "data"));
    expect(report).toMatchObject({ state: "unusable", problem: expect.stringContaining(`no right to write ${file}`) });
  });
});

test("platformNotes says plainly where there is no sandbox", () => {
  expect(platformNotes("linux")).toEqual([]);
  for (const platform of ["darwin", "win32", "freebsd"] as const) {
    expect(platformNotes(platform)[0]).toContain("Berth has no sandbox of the operating system");
    expect(platformNotes(platform)[0]).toContain("minimum_isolation: runtime");
  }
});
