import type { PluginToWrite } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { startBerth, startHost } from "./host-process.ts";
import { openProject, type Project, sourcesText } from "./run-cli.ts";

const tags = ["slow"];

/** A plugin that runs from the start, and ends by itself as soon as it is asked to tell the time. */
function clock(more: Partial<PluginToWrite> = {}): PluginToWrite {
  return {
    name: "clock",
    provides: { service: ["clock"] },
    manifest: '[runtime]\nload = "eager"\n[supervision]\nmax_restarts = 1\nbackoff_ms = 0',
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      export default definePlugin({
        start: (ctx) => { setTimeout(() => process.exit(3), 300); },
        provides: [defineService("clock", { create: () => ({ methods: { now: () => 0 } }) })],
      });`,
    ...more,
  };
}

/** In a thread: what ends inline ends the host. */
async function openClock(more?: Partial<PluginToWrite>): Promise<Project> {
  const project = await openProject({ plugins: [clock(more)] });
  await project.write("berth.yaml", "plugins:\n  clock: { isolation: worker }\n");
  return project;
}

interface Ready {
  isReady: boolean;
  broken: { plugin: string; reason: string; fix: string }[];
  leftOut: string[];
}

const readyOf = (out: string): Ready =>
  JSON.parse(out.split("\n").find((line) => line.includes('"event":"ready"'))!) as Ready;

describe("berth run with a plugin that does not start", { tags }, () => {
  test.each([
    ["throws", { source: 'throw new Error("no battery");' }, /no battery/],
    ["has a broken manifest", { manifest: 'criticality = "required"\ncolour = "red"' }, /colour/],
    [
      "needs what is not there",
      { manifest: 'criticality = "required"\n[dependencies.requires]\nengine = "*"' },
      /engine/,
    ],
  ])("ends with one line and exit code 1 when it is required and %s [BWK-7, FLX-35]", async (_, more, reason) => {
    await using project = await openProject({ plugins: [clock({ manifest: 'criticality = "required"\n', ...more })] });
    const { code, err } = await startBerth(project, ["run", "--log-level", "error"]).ended;
    expect(code).toBe(1);
    const said = err.split("\n").filter((line) => line.startsWith("berth:") || line.startsWith("  "));
    expect(said).toEqual([
      expect.stringMatching(/^berth: Cannot start without plugin ".*clock", which is required: .*--safe/),
    ]);
    expect(said[0]).toMatch(reason);
    const { out } = await project.run(["doctor"]);
    expect(out).toMatch(/Last run.*\n.*it could not start: .*\n.*--safe/);
  });

  test("names it with the reason and what to do when it is optional, and runs", async () => {
    await using project = await openProject({ plugins: [clock({ source: 'throw new Error("no battery");' })] });
    await using host = await startHost(project);
    expect(readyOf(host.texts.out)).toMatchObject({
      isReady: true,
      broken: [{ plugin: "clock", reason: expect.stringContaining("no battery") as string }],
    });
  });

  test("starts in safe mode without it, by option before or after the command, and by BERTH_SAFE [BWK-7]", async () => {
    await using project = await openProject({
      plugins: [clock({ manifest: 'criticality = "required"', source: "throw 1;" })],
    });
    await using host = await startHost(project, "--safe");
    expect(readyOf(host.texts.out)).toMatchObject({ isReady: true, broken: [], leftOut: ["clock", "misbehaving"] });
    host.kill("SIGINT");
    await host.ended;
    await using other = startBerth(project, ["--safe", "run"]);
    await other.said(/Safe mode left out clock, misbehaving/);
    other.kill("SIGINT");
    await other.ended;
    const third = await project.run(["run"], {
      env: { BERTH_SAFE: "1" },
      onText: (text, { signal }) => void (text.includes("Safe mode left out clock") && signal("SIGINT")),
    });
    expect(third.code).toBe(130);
  });
});

describe("A plugin that ends by itself", { tags }, () => {
  test("is shown as given up, and told by doctor; restart tries it again [BWK-95]", async () => {
    await using project = await openClock();
    await using host = await startHost(project);
    await host.said(/"event":"plugin.gave_up"/);
    const list = await project.run(["plugins", "list"]);
    expect(list.out).toMatch(/clock\s+given up/);
    const info = await project.run(["plugins", "info", "clock"]);
    expect(info.out).toMatch(/Restarts\s+once; last ended .*\(crash\): .*3.*; given up/);
    const json = await project.run(["plugins", "list", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({
      plugins: expect.arrayContaining([
        expect.objectContaining({
          name: "clock",
          live: expect.objectContaining({
            supervision: expect.objectContaining({ state: "gave-up", restarts: 1 }) as object,
          }) as object,
        }) as object,
      ]) as object,
    });
    expect((await project.run(["doctor"])).out).toMatch(/clock was given up after 1 restart/);
    const restarted = await project.run(["plugins", "restart", "clock"]);
    expect(restarted).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Restarted clock 1\.0\.0: generation \d serves/) as string,
    });
  });

  test("ends the host in order with one line and exit code 1 when it is required [BWK-7]", async () => {
    const manifest = 'criticality = "required"\n[supervision]\nmax_restarts = 1\nbackoff_ms = 0';
    await using project = await openClock({ manifest });
    const { code, out, err } = await startBerth(project, ["run", "--log-level", "error"]).ended;
    expect(code).toBe(1);
    expect(err.split("\n").filter((line) => line.startsWith("berth:"))).toEqual([
      expect.stringMatching(
        /^berth: Cannot go on without plugin "clock", which is required: Plugin "clock" was given up/,
      ),
    ]);
    expect(out).toContain("host.stopping");
  });

  test("ends a host that draws pictures, too, with its reason [BWK-7]", async () => {
    const manifest =
      'criticality = "required"\n[runtime]\nload = "eager"\n[supervision]\nmax_restarts = 1\nbackoff_ms = 0';
    await using project = await openClock({ manifest });
    await project.write("sources.yaml", sourcesText([{ id: "good" }]));
    const { code, err } = await startBerth(project, ["signage", "run", "--log-level", "error"]).ended;
    expect(code).toBe(1);
    expect(err).toMatch(/^berth: Cannot go on without plugin "clock", which is required: Plugin "clock" was given up/m);
  });

  test("cannot be restarted where no host runs", async () => {
    await using project = await openClock();
    expect(await project.run(["plugins", "restart", "clock"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("CONTROL_UNREACHABLE") as string,
    });
  });
});
