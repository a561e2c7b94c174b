import { execFileSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Tier } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { type HostProcess, startHost } from "./host-process.ts";
import { openProject, type Project } from "./run-cli.ts";

const tags = ["slow"];

/** A project with one eager plugin, whose `start` begins what its host cannot wait for the end of. */
async function openStubborn(
  tier: Tier,
  { start = "", stop = "" }: { start?: string; stop?: string },
): Promise<Project> {
  const project = await openProject({
    plugins: [
      {
        name: "stubborn",
        provides: { source: ["stubborn"] },
        manifest: '[runtime]\nload = "eager"',
        source: `
          import { definePlugin, defineSource } from "@berth/sdk";
          export default definePlugin({
            provides: [defineSource("stubborn", { create: () => ({ fetch: async () => ({ title: "x", lines: [] }) }) })],
            start: async (ctx) => { ctx.log.info("begun"); ${start} },
            stop: async (ctx) => { ctx.log.info("winding down"); ${stop} },
          });`,
      },
    ],
  });
  await project.write(
    "berth.yaml",
    `shutdown: { drain_ms: 100 }\nplugins: { stubborn: { isolation: ${tier}, grant: asked } }\n`,
  );
  return project;
}

async function openHost(project: Project): Promise<HostProcess> {
  const host = await startHost(project, "--log-level", "info");
  await host.said(/begun/);
  return host;
}

const never = "await new Promise(() => undefined);";
const blocked = 'setTimeout(() => { process.getBuiltinModule("node:fs").readFileSync("fifo"); }, 1);';
const waiting =
  'setTimeout(() => { process.getBuiltinModule("node:child_process").execFileSync("sleep", ["600"]); }, 1);';
const filesLeft = async (project: Project): Promise<string[]> =>
  (await readdir(join(project.path, ".berth"))).filter((file) => /\.sock$|-wal$/.test(file));

describe.skipIf(process.platform !== "linux")("berth run with a plugin that does not stop [RPT-7]", { tags }, () => {
  test.each<[string, Tier, { start?: string; stop?: string }]>([
    ["hangs in its stop", "worker", { stop: never }],
    ["loops in its stop", "worker", { stop: "for (;;);" }],
    ["loops in its stop", "process", { stop: "for (;;);" }],
    ["reads a pipe that nobody writes", "worker", { start: blocked }],
    ["waits for a program of its own", "worker", { start: waiting }],
  ])("one that %s, in a %s: the host ends as it would have, without a trace", async (_what, tier, code) => {
    await using project = await openStubborn(tier, code);
    execFileSync("mkfifo", [join(project.path, "fifo")]);
    await using host = await openHost(project);
    host.kill("SIGTERM");
    expect(await host.ended).toMatchObject({ code: 143, signal: null });
    expect(await filesLeft(project)).toEqual([]);
  });

  test("a second signal cuts the drain and the plugin short, and leaves clean files", async () => {
    await using project = await openStubborn("worker", { stop: never });
    await project.write(
      "berth.yaml",
      "shutdown: { drain_ms: 600000 }\nplugins: { stubborn: { isolation: worker, grant: asked } }\n",
    );
    await using host = await openHost(project);
    host.kill("SIGINT");
    await host.said(/winding down/);
    host.kill("SIGTERM");
    expect(await host.ended).toMatchObject({ code: 130, signal: null });
    expect(await filesLeft(project)).toEqual([]);
  });

  test("a third signal ends it as it stands, with the exit code of the first", async () => {
    await using project = await openStubborn("worker", { start: blocked, stop: never });
    execFileSync("mkfifo", [join(project.path, "fifo")]);
    await using host = await openHost(project);
    host.kill("SIGINT");
    await host.said(/Stopping: letting calls finish/);
    host.kill("SIGTERM");
    host.kill("SIGINT");
    expect(await host.ended).toMatchObject({ code: 130, signal: null });
  });
});
