import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { afterAll, describe, expect, test } from "vitest";
import { openProbe } from "../../test/worker/open-probe.ts";
import { WorkerRunner } from "./worker-runner.ts";

const runner = new WorkerRunner({ warm: 0 });
afterAll(() => runner[Symbol.asyncDispose]());

describe("A worker that takes more memory than it may is ended alone, and the figure told:", () => {
  test.each([
    ["objects of its heap", "fillHeap"],
    ["buffers, which its heap does not hold", "fillBuffers"],
    // V8 would end the whole process here if it were left to its own limit.
    ["one array that grows", "growArray"],
  ])("%s [OPS-53, BWK-8, FLX-36, RPT-143]", async (_what, method) => {
    await using bystander = await openProbe(runner);
    await using probe = await openProbe(runner, { limits: { memory_mb: 96 } });
    await expect(probe.ask(method)).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: expect.stringMatching(/^Plugin "probe" was ended: it used \d+ MiB of the 96 MiB it may/),
    });
    expect(probe.request.limitEvents).toEqual([
      { limit: "memory_mb", allowed: 96, used: expect.any(Number), action: "ended" },
    ]);
    expect(probe.request.limitEvents[0]!.used).toBeGreaterThan(96);
    expect(await probe.channel.exited).toMatchObject({ expected: false });
    expect(await bystander.ask("echo", "alive")).toBe("alive");
  });

  test("one that collects its garbage when asked goes on", async () => {
    await using probe = await openProbe(runner, { limits: { memory_mb: 256 } });
    await probe.ask("hold", 170);
    for (let n = 0; n < 400; n++) await probe.ask("bytes", 1_048_576);
    expect(await probe.ask("echo", 1)).toBe(1);
    expect(probe.request.limitEvents).toEqual([]);
  });
});

test("Nobody waits for a thread that cannot be ended, and it is told", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-stuck-"));
  await using cleaning = new AsyncDisposableStack();
  cleaning.defer(() => rm(folder, { recursive: true }));
  const clock = new ManualClock();
  const stubborn = cleaning.use(new WorkerRunner({ clock, warm: 0 }));
  const { channel, ask } = await openProbe(stubborn);
  ask("sleepInNativeCode", folder).catch(() => undefined);
  while (!existsSync(join(folder, "asleep"))) await new Promise((resolve) => setImmediate(resolve));
  const gone = channel[Symbol.asyncDispose]();
  await clock.advance(2_000);
  await gone;
  expect((await channel.exited).reason).toBe(
    "unloaded; its thread did not end within 2 s, being in native code, and was left behind",
  );
});
