import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startHost } from "./host-process.ts";
import { openProject } from "./run-cli.ts";

describe("berth run", { tags: ["slow"] }, () => {
  test("applies a changed berth.yaml, and tells of a bad one with its place [BWK-17]", async () => {
    await using project = await openProject();
    const good = await project.read("berth.yaml");
    await using host = await startHost(project);
    await project.write("berth.yaml", `${good}rots: []\n`);
    await host.said(/"event":"config\.refused".*unknown key `rots`; did you mean `roots`\?/);
    await project.write("berth.yaml", `${good}plugin_limits: { log_rate: 7 }\n`);
    await host.said(/"event":"config\.changed".*misbehaving/);
    await rm(join(project.path, "berth.yaml"));
    await host.said(/"event":"config\.refused".*CONFIG_NOT_FOUND/);
    expect(host.texts.out).not.toContain("plugin.failed");
  });
});
