import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTestHost } from "@berth/testing";
import { expect, test } from "vitest";
import { readLastRun } from "../../src/supervision/last-run.ts";
import { brokenPlugin, BROKEN_WAYS } from "./broken-plugins.ts";
import { crashing, crashingHost, end } from "./crashing.ts";

const never = new AbortController().signal;

test("What ended by itself is kept for whoever looks when the host has ended, until the next one starts [BWK-7]", async () => {
  await using host = await crashingHost([crashing("clock", { supervision: "max_restarts = 1\nbackoff_ms = 0" })]);
  await host.start(never);
  for (let nth = 1; nth <= 2; nth++) {
    await end(host, "clock");
    await host.until("plugin.crashed", "clock", nth);
  }
  await host.until("plugin.gave_up", "clock");
  while (!readLastRun(host.dataFolder)) await new Promise((resolve) => setImmediate(resolve));
  const crashed = { plugin: "clock", restarts: 1, gaveUp: true, reason: expect.stringContaining("3") as string };
  expect(readLastRun(host.dataFolder)).toMatchObject({ plugins: [crashed] });
  await using next = await createTestHost({ folder: host.folder });
  expect(readLastRun(host.dataFolder)).toMatchObject({ plugins: [crashed] });
  await next.start(never);
  expect(readLastRun(host.dataFolder)).toBeUndefined();
});

test("Why a host could not start is kept, and what is no such file is nothing", async () => {
  const way = BROKEN_WAYS["an error at import"]!;
  await using host = await createTestHost({ plugins: [brokenPlugin(way, "required")] });
  await expect(host.start(never)).rejects.toMatchObject({ code: "PLUGIN_REQUIRED" });
  expect(readLastRun(host.dataFolder)?.couldNotStart).toMatch(/no such luck/);
  await writeFile(join(host.dataFolder, "last-run.json"), '{"at": "noon"}');
  expect(readLastRun(host.dataFolder)).toBeUndefined();
});
