import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PluginToWrite } from "@berth/testing";
import { writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { startBerth, startHost } from "./host-process.ts";
import { openProject, type Project } from "./run-cli.ts";

const tags = ["slow"];

/** A plugin that runs from the start. */
function clock({ version = "1.0.0", ...more }: Partial<PluginToWrite> = {}): PluginToWrite {
  return {
    name: "clock",
    version,
    provides: { source: ["clock"] },
    manifest: '[runtime]\nload = "eager"',
    source: `
      import { definePlugin, defineSource } from "@berth/sdk";
      export default definePlugin({
        provides: [defineSource("clock", { create: () => ({ fetch: async () => ({ title: "${version}", lines: [] }) }) })],
      });`,
    ...more,
  };
}

const openClock = (more?: Partial<PluginToWrite>): Promise<Project> => openProject({ plugins: [clock(more)] });

async function rewrite(project: Project, plugin: PluginToWrite): Promise<void> {
  await writePlugin(join(project.path, "plugins"), plugin);
}

interface Listed {
  host?: { pid: number };
  plugins: { name: string; enabled: boolean; live?: { state: string; version: string; health: string } | null }[];
}

async function clockIn(project: Project): Promise<Listed["plugins"][number]> {
  const { out } = await project.run(["plugins", "list", "--json"]);
  return (JSON.parse(out) as Listed).plugins.find(({ name }) => name === "clock")!;
}

describe("berth run", { tags }, () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "starts what runs from the start, takes commands, and ends in order on %s [RPT-92]",
    async (signal, code) => {
      await using project = await openClock();
      await using host = await startHost(project);
      const { out } = await project.run(["plugins", "list", "--json"]);
      expect(JSON.parse(out)).toMatchObject({ host: { pid: host.pid } });
      expect((await clockIn(project)).live).toMatchObject({ state: "active", version: "1.0.0", health: "healthy" });
      expect(JSON.parse(host.texts.out.split("\n").find((line) => line.includes('"event":"ready"'))!)).toMatchObject({
        pid: host.pid,
        active: 1,
        failed: [],
      });
      host.kill(signal);
      const ended = await host.ended;
      expect(ended).toMatchObject({ code, signal: null });
      expect(ended.err).toContain("Stopping: letting calls finish");
      expect(ended.out).toContain('"event":"plugin.stopped"');
      const left = await readdir(join(project.path, ".berth"));
      expect(left.filter((file) => file === "control.sock" || file.endsWith("-wal"))).toEqual([]);
      expect((await clockIn(project)).live).toBeUndefined();
    },
  );

  test("lets plugins end what they do, and waits for them", async () => {
    await using project = await openClock({
      source: `
        import { definePlugin, defineSource } from "@berth/sdk";
        export default definePlugin({
          stop: async (ctx) => {
            await new Promise((resolve) => setTimeout(resolve, 300));
            ctx.log.info("wound down");
          },
          provides: [defineSource("clock", { create: () => ({ fetch: async () => ({ title: "x", lines: [] }) }) })],
        });`,
    });
    await using host = await startHost(project, "--log-level", "info");
    host.kill("SIGINT");
    expect(await host.ended).toMatchObject({ code: 130, err: expect.stringContaining("wound down") });
  });

  test("ends at once on a second signal, whatever a plugin still does", async () => {
    await using project = await openClock({
      source: `
        import { definePlugin, defineSource } from "@berth/sdk";
        export default definePlugin({
          stop: async (ctx) => {
            ctx.log.info("winding down");
            await new Promise((resolve) => setTimeout(resolve, 4_000));
            ctx.log.info("wound down");
          },
          provides: [defineSource("clock", { create: () => ({ fetch: async () => ({ title: "x", lines: [] }) }) })],
        });`,
    });
    await using host = await startHost(project, "--log-level", "info");
    host.kill("SIGINT");
    await host.said(/winding down/);
    host.kill("SIGINT");
    const ended = await host.ended;
    expect(ended).toMatchObject({ code: 130 });
    expect(ended.err).not.toContain("wound down");
  });

  test("is refused while another host runs on the data folder, and changes nothing there", async () => {
    await using project = await openClock();
    await using host = await startHost(project);
    const second = await startBerth(project, ["run"]).ended;
    expect(second).toMatchObject({ code: 1, out: "", err: expect.stringContaining("a host runs there") });
    expect((await clockIn(project)).live).toMatchObject({ state: "active" });
    host.kill("SIGINT");
    expect(await host.ended).toMatchObject({ code: 130 });
  });

  test("takes the place of a host that was killed", async () => {
    await using project = await openClock();
    await using first = await startHost(project);
    first.kill("SIGKILL");
    await first.ended;
    expect((await stat(join(project.path, ".berth/control.sock"))).isSocket()).toBe(true);
    expect(await project.run(["plugins", "list"])).toMatchObject({ code: 0, err: "" });
    await using second = await startHost(project);
    const { out } = await project.run(["plugins", "list", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ host: { pid: second.pid } });
  });

  test("ends with one clear line when a required plugin cannot start", async () => {
    await using project = await openClock({
      manifest: 'criticality = "required"\n',
      source: 'throw new Error("no battery");',
    });
    const { code, out, err } = await startBerth(project, ["run", "--log-level", "error"]).ended;
    expect({ code, out: out.includes("host.started") }).toEqual({ code: 1, out: false });
    expect(err.split("\n").filter((line) => line.startsWith("berth:"))).toEqual([
      expect.stringMatching(/^berth: Cannot .* plugin "clock".*: no battery/),
    ]);
  });

  test("reloads a plugin whose file was saved, unless it was told not to watch [OPS-45]", async () => {
    await using project = await openClock();
    await using host = await startHost(project);
    await rewrite(project, clock({ version: "1.1.0" }));
    await host.said(/"event":"plugin.reloaded".*"version":"1.1.0"/);
    host.kill("SIGINT");
    await host.ended;
    await using _deaf = await startHost(project, "--no-watch");
    await rewrite(project, clock({ version: "1.2.0" }));
    expect((await clockIn(project)).live).toMatchObject({ version: "1.1.0" });
  });
});

describe("berth plugins reload and rollback", { tags }, () => {
  test("replace a plugin while it serves, go back to the version before, and say where a new one fails [FLX-26] [OPS-47]", async () => {
    await using project = await openClock();
    await using host = await startHost(project, "--no-watch");
    await rewrite(project, clock({ version: "1.1.0" }));
    expect(await project.run(["plugins", "reload", "clock"])).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringMatching(/^Reloaded clock 1\.0\.0 → 1\.1\.0 in .*; on probation for (10|9\.\d) s\.\n$/),
    });

    const broken = clock({ version: "1.2.0" });
    await rewrite(project, { ...broken, source: `${broken.source}\nexport const half = (` });
    const refused = await project.run(["plugins", "reload", "clock"]);
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toMatch(/^Did not reload clock: it failed at the step "verify"\n/);
    expect(refused.err).toMatch(/plugins\/clock\/src\/plugin\.ts:\d+:\d+ /);
    expect(refused.err).toMatch(/\n1\.1\.0 goes on serving, as if nothing had been\.\n$/);
    expect((await clockIn(project)).live).toMatchObject({ state: "active", version: "1.1.0" });
    const asJson = await project.run(["plugins", "reload", "clock", "--json"]);
    expect({ code: asJson.code, ...(JSON.parse(asJson.out) as object) }).toMatchObject({
      code: 1,
      report: { outcome: "refused", serving: { version: "1.1.0" }, failed: { step: "verify" } },
    });

    const list = await project.run(["plugins", "rollback", "clock", "--list", "--json"]);
    const { generations } = JSON.parse(list.out) as {
      generations: { id: number; version: string; isCurrent: boolean }[];
    };
    expect(generations.map(({ version, isCurrent }) => [version, isCurrent])).toEqual([
      ["1.1.0", true],
      ["1.0.0", false],
    ]);
    expect(await project.run(["plugins", "rollback", "clock"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Went back with clock 1\.1\.0 → 1\.0\.0 in .*; on probation for /),
    });
    const again = await project.run(["plugins", "rollback", "clock", "--to", String(generations[0]!.id), "--json"]);
    expect({ code: again.code, ...(JSON.parse(again.out) as object) }).toMatchObject({
      code: 0,
      report: { other: { version: "1.0.0" }, serving: { version: "1.1.0" }, probationMs: expect.any(Number) },
    });
    const info = await project.run(["plugins", "info", "clock"]);
    expect(info.out).toMatch(/^clock 1\.1\.0\n/);
    expect(info.out).toMatch(/\nState +active \(healthy\), generation \d+, 0 calls under way\n/);
    // What was kept can be looked at without the host.
    const running = await project.run(["plugins", "rollback", "clock", "--list", "--json"]);
    host.kill("SIGTERM");
    await host.ended;
    expect(await project.run(["plugins", "rollback", "clock", "--list", "--json"])).toEqual(running);
  });

  test("break off on Ctrl-C while a new version starts, and the old one goes on", async () => {
    await using project = await openClock();
    await using host = await startHost(project, "--no-watch");
    const next = clock({ version: "1.1.0" });
    const hangs = "definePlugin({ initialize: (ctx) => (ctx.log.info('begun'), new Promise(() => {})),";
    await rewrite(project, { ...next, source: next.source.replace("definePlugin({", hangs) });
    await using reload = startBerth(project, ["plugins", "reload", "clock"]);
    await host.said(/begun/);
    reload.kill("SIGINT");
    expect(await reload.ended).toMatchObject({ code: 130, out: "", err: "" });
    await host.said(/"event":"plugin.reload_failed"/);
    expect((await clockIn(project)).live).toMatchObject({ state: "active", version: "1.0.0" });
  });

  test("say that no host runs, and how to start one", async () => {
    await using project = await openClock();
    for (const argv of [
      ["plugins", "reload", "clock"],
      ["plugins", "reload", "--all"],
      ["plugins", "rollback", "clock"],
      ["plugins", "list", "--watch"],
    ]) {
      expect(await project.run(argv), argv.join(" ")).toMatchObject({
        code: 1,
        out: "",
        err: expect.stringMatching(/no host runs on .*\.berth; start one with `berth run`/),
      });
    }
    expect(await project.run(["plugins", "reload"])).toMatchObject({ code: 2 });
    expect(await project.run(["plugins", "rollback", "clock", "--to", "first"])).toMatchObject({ code: 2 });
  });

  test("reach berth signage run as well, and a second one goes on with its own work", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    await using first = startBerth(project, ["signage", "run", "--json"]);
    await first.said(/"id":"home".*"outcome":"success"/);
    expect(await project.run(["plugins", "reload", "--all"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("Reloaded misbehaving"),
    });
    await using second = startBerth(project, ["signage", "run", "--json"]);
    await second.said(/a host runs there\. This one goes on; commands reach the other/);
  });
});

describe("berth plugins disable and enable", { tags }, () => {
  test("hold over restarts, by command to a host that runs and without one [RPT-96]", async () => {
    await using project = await openClock();
    {
      await using host = await startHost(project);
      expect(await project.run(["plugins", "disable", "clock"])).toMatchObject({
        code: 0,
        out: "Disabled clock: it has stopped.\n",
      });
      await host.said(/"event":"plugin.stopped"/);
      expect(await clockIn(project)).toMatchObject({ enabled: false, live: { state: "unloaded" } });
      host.kill("SIGINT");
      await host.ended;
    }
    const { out } = await project.run(["plugins", "list"]);
    expect(out).toMatch(/clock .*disabled by \S+: berth plugins enable clock/);
    {
      await using _host = await startHost(project);
      expect(await clockIn(project)).toMatchObject({ enabled: false, live: { state: "unloaded" } });
      expect(await project.run(["plugins", "enable", "clock"])).toMatchObject({ code: 0 });
      expect(await clockIn(project)).toMatchObject({ enabled: true, live: { state: "active" } });
    }
    const disable = await project.run(["plugins", "disable", "clock", "--json"]);
    expect(JSON.parse(disable.out)).toMatchObject({ plugin: "clock", enabled: false, changed: true, running: false });
    expect(await project.run(["plugins", "disable", "clock"])).toMatchObject({ out: "clock was disabled already.\n" });
    expect(await project.run(["plugins", "enable", "clock"])).toMatchObject({
      out: "Enabled clock: no host runs here; the next one heeds it.\n",
    });
  });

  test("leave to berth.yaml what it says, and to others what they need [OPS-48]", async () => {
    const needing = clock({ name: "alarm", manifest: '[dependencies.requires]\nclock = "*"' });
    await using project = await openProject({ plugins: [clock(), { ...needing, provides: { source: ["alarm"] } }] });
    expect(await project.run(["plugins", "disable", "clock"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("alarm needs it; disable them first, or all with --with-dependents"),
    });
    expect(await project.run(["plugins", "disable", "clock", "--with-dependents"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("and before it alarm, which cannot do without it"),
    });
    await project.write("berth.yaml", "plugins: { clock: { enabled: false } }\n");
    expect(await project.run(["plugins", "enable", "clock"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("berth.yaml decides that under plugins.clock, and it says enabled: false"),
    });
    expect(await project.run(["plugins", "enable", "clok"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean "clock"?'),
    });
  });
});

describe("berth plugins beside a host that runs something else than what lies there", { tags }, () => {
  const two = (version: string): PluginToWrite => clock({ version, folder: `clock-${version}` });

  test("shows the version that runs, where it lies, and why the other one does not run [OPS-14]", async () => {
    await using project = await openProject({ plugins: [two("1.0.0")] });
    await using host = await startHost(project);
    await writePlugin(join(project.path, "plugins"), two("2.0.0"));
    await host.said(/Cannot use plugin "clock" 2\.0\.0 in/);
    const { out } = await project.run(["plugins", "info", "clock", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      plugin: { version: "1.0.0", folder: join(project.path, "plugins", "clock-1.0.0") },
      live: { version: "1.0.0", state: "active" },
    });
    const listed = await project.run(["plugins", "list"], { columns: 400 });
    const rows = listed.out.split("\n").filter((line) => line.startsWith("clock "));
    expect(rows.map((line) => line.replaceAll(/ {2,}/g, "|").split("|").slice(1, 3))).toEqual([
      ["not in it", "2.0.0"],
      ["active", "1.0.0"],
    ]);
    expect(rows[0]).toContain("this host has 1.0.0");
  });

  test("says why the host does not have one that lies there [OPS-12]", async () => {
    await using project = await openClock();
    await using host = await startHost(project);
    const needy = { ...clock(), name: "needy", manifest: '[dependencies]\nrequires = { gone = "^1" }' };
    await writePlugin(join(project.path, "plugins"), { ...needy, provides: { source: ["needy"] } });
    await host.said(/Cannot use plugin "needy": no plugin is named "gone"/);
    const { code, out } = await project.run(["plugins", "info", "needy"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^needy 1\.0\.0\nCannot use plugin "needy": no plugin is named "gone"/);
    expect(out).toMatch(/\nState +not in the host that runs\n/);
    const json = await project.run(["plugins", "info", "needy", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ live: null, problem: { code: "DEPENDENCY_MISSING" } });
    expect(await project.run(["plugins", "info", "neady"])).toMatchObject({ code: 2 });
  });

  test("shows one whose folder is gone, and stops it on command [OPS-11]", async () => {
    await using project = await openClock();
    await using _host = await startHost(project, "--no-watch");
    await rm(join(project.path, "plugins", "clock"), { recursive: true });
    const listed = await project.run(["plugins", "list"], { columns: 400 });
    expect(listed.out).toMatch(/^clock +active +1\.0\.0 .*its folder is gone/m);
    const { out } = await project.run(["plugins", "list", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ withoutFolder: [{ name: "clock", live: { state: "active" } }] });
    const looked = await project.run(["plugins", "info", "clock"]);
    expect(looked).toMatchObject({ code: 2 });
    expect(looked.err).toContain("the host goes on with 1.0.0");
    const reloaded = await project.run(["plugins", "reload", "clock"]);
    expect(reloaded).toMatchObject({ code: 1 });
    expect(await project.run(["plugins", "disable", "clock"])).toMatchObject({
      code: 0,
      out: "Disabled clock: it has stopped.\n",
    });
  });
});

describe("berth plugins list --watch", { tags }, () => {
  test("tells anew whenever something is another, until the host ends", async () => {
    await using project = await openClock();
    await using host = await startHost(project);
    await using watch = startBerth(project, ["plugins", "list", "--watch", "--json"]);
    await watch.said(/"name":"clock".*"state":"active"/);
    await project.run(["plugins", "disable", "clock"]);
    await watch.said(/"name":"clock"[^}]*"enabled":false/);
    host.kill("SIGTERM");
    expect(await watch.ended).toMatchObject({ code: 0, err: "The host ended.\n" });
  });

  test("ends on Ctrl-C, and berth plugins reload --watch too, after telling what happened", async () => {
    await using project = await openClock();
    await using _host = await startHost(project, "--no-watch");
    await using watch = startBerth(project, ["plugins", "reload", "clock", "--watch"]);
    await watch.said(/Reloaded clock/);
    await rewrite(project, clock({ version: "1.1.0" }));
    // It may begin to listen a moment after it told of its own reload.
    while (!watch.texts.out.includes("plugin.reloaded clock")) await project.run(["plugins", "reload", "clock"]);
    watch.kill("SIGINT");
    expect(await watch.ended).toMatchObject({ code: 130, err: "" });
  });
});

describe("berth plugins validate", { tags }, () => {
  test("tells every problem of a manifest, and of modules, with its place, and runs nothing unless asked [FLX-26]", async () => {
    await using project = await openClock();
    expect(await project.run(["plugins", "validate", "clock"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("clock 1.0.0: the manifest is right, its module parses."),
    });
    const toml = join(project.path, "plugins/clock/plugin.toml");
    const manifest = await readFile(toml, "utf8");
    await writeFile(toml, manifest.replace('"1.0.0"', '"one"').replace("[provides]", "[provdes]"));
    const { code, out } = await project.run(["plugins", "validate", "plugins/clock"]);
    expect(code).toBe(1);
    expect(out).toMatch(/^clock: 3 problems\n/);
    expect(out).toMatch(/plugin\.toml:3:\d+ plugin\.version: /);
    expect(out).toMatch(/plugin\.toml:\d+:\d+ .*provides/);
    expect(await project.run(["plugins", "validate", "clock"])).toMatchObject({ code: 1, out });
    await writeFile(toml, manifest);
    await project.write("plugins/clock/src/plugin.ts", 'import { gone } from "./gone.ts";\nexport default gone;\n');
    const asJson = await project.run(["plugins", "validate", "plugins/clock", "--json"]);
    expect({ code: asJson.code, ...(JSON.parse(asJson.out) as object) }).toMatchObject({
      code: 1,
      plugin: { name: "clock", version: "1.0.0" },
      problems: [{ file: expect.stringMatching(/src\/plugin\.ts$/), line: 1 }],
    });
    expect(await project.run(["plugins", "validate"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("it has no plugin.toml; name a plugin or its folder"),
    });
    expect(await project.run(["plugins", "validate", "clok"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean "clock"?'),
    });
  });

  test("finds with --load what only running shows, in a sandbox", async () => {
    await using project = await openClock();
    const sound = await project.run(["plugins", "validate", "plugins/clock", "--load"]);
    // Where the machine has no sandbox it is told so; a stranger's code is not run without.
    if (!sound.out.includes("TIER_UNAVAILABLE")) {
      expect(sound).toMatchObject({ code: 0, out: expect.stringContaining("provides source/clock") });
    }
    const source = `export default {};\nthrow new Error("no battery");`;
    await rewrite(project, clock({ source }));
    expect(await project.run(["plugins", "validate", "plugins/clock", "--load"])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/cannot be loaded: .*(?:no battery|TIER_UNAVAILABLE)/),
    });
  });
});
