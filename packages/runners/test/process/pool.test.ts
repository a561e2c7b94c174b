import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { never, FaultBench, type Faulty } from "./fault-bench.ts";

interface Seen {
  code: string;
  arguments: string[];
  env: Record<string, string>;
}

let bench: FaultBench;
beforeEach(async () => {
  bench = await FaultBench.open({ warm: 1 });
  await bench.runner.warm(never);
});
afterEach(() => bench[Symbol.asyncDispose]());

/** A process that waited for its plugin may write where its code was put; one that was started for it never could. */
async function isFromPool({ ask }: Faulty): Promise<boolean> {
  const { arguments: flags } = await ask<Seen>("seen");
  return flags.includes("--allow-fs-write=/plugin/*");
}

describe("A plugin from the pool", { tags: ["slow"] }, () => {
  test("finds everything as one that was started for it does [OPS-20]", async () => {
    const faulty = await bench.faulty({ environment: { PLACE: "here" } });
    expect(await isFromPool(faulty)).toBe(true);
    const { code, env } = await faulty.ask<Seen>("seen");
    expect({ code, place: env["PLACE"] }).toEqual({ code: "file:///plugin/faults.mjs", place: "here" });
    await expect(faulty.ask("write", { path: "/plugin/more", text: "" })).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
    });
    await expect(faulty.ask("read", "/etc/passwd")).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
  });

  test("has a process that no other plugin had: each serves one", async () => {
    const states: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      await bench.runner.warm(never);
      const faulty = await bench.faulty({ name: `guest-${round}` });
      expect(await isFromPool(faulty)).toBe(true);
      states.push(await faulty.ask("state"));
      await faulty.ask("write", { path: "/tmp/mark", text: String(round) });
      if (round > 0) expect(await faulty.ask("read", "/tmp/mark")).toBe(String(round));
      await faulty.channel[Symbol.asyncDispose]();
    }
    expect(states).toEqual([1, 1, 1]);
  });

  test("is held to lower limits than a process of the pool was started with [RPT-143]", async () => {
    const faulty = await bench.faulty({ limits: { memory_mb: 64, file_handles: 64 } });
    expect(await isFromPool(faulty)).toBe(true);
    await expect(faulty.ask("buffers")).rejects.toMatchObject({
      code: expect.stringMatching(/LIMIT_EXCEEDED|PLUGIN_FAILED/),
    });
  });

  test.each([
    ["may use more", { limits: { memory_mb: 512 } }],
    ["may start programs", { limits: { processes: 2 } }],
    ["was granted folders", { folders: { read: ["/var/tmp"] } }],
  ])("is one that needs nothing else: a plugin that %s gets a process of its own making", async (_title, how) => {
    expect(await isFromPool(await bench.faulty(how))).toBe(false);
  });

  test("has no link in its folder, and not too many files: then it is mounted as it is", async () => {
    const many = await bench.folder("code-1/many");
    await mkdir(many, { recursive: true });
    await Promise.all(Array.from({ length: 600 }, (_, count) => writeFile(join(many, `file-${count}`), "")));
    expect(await isFromPool(await bench.faulty())).toBe(false);
    await bench.runner.warm(never);
    expect(await isFromPool(await bench.faulty())).toBe(true);
  });
});
