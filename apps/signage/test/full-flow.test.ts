import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GOOD, openRig, START } from "./signage-rig.ts";

describe("one run of one source", () => {
  test("goes from the file to picture, record and metrics line [SIG-86] [SIG-151] [SIG-113]", async () => {
    await using rig = await openRig({ sources: [{ id: "home", config: { city: "Oslo" } }] });
    const { home } = await rig.runOnce();
    expect(home).toEqual({
      id: "home",
      type: "scripted",
      trigger: "once",
      startedAt: START,
      completedAt: START,
      durationMs: 0,
      outcome: "success",
      dataPoints: 2,
      attempts: 1,
      pictures: [join(rig.folder, "output/home.png")],
      correlationId: expect.any(String),
    });
  });
});
