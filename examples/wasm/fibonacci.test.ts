import { cp, mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@berth/base";
import { buildComponent } from "@berth/runners/wasm-build";
import { createTestHost, type TestHost } from "@berth/testing";
import { expect, test } from "vitest";

const PLUGIN = join(import.meta.dirname, "../../plugins/fibonacci");
const COUNT = 12;

async function waits(host: TestHost, config: JsonObject): Promise<number[]> {
  await using schedule = host.instance({ contribution: "scheduler/fibonacci", instanceId: "it", config });
  const next = schedule.method("next");
  const found: number[] = [];
  for (let count = 0; count < COUNT; count++) {
    const call = {
      signal: AbortSignal.timeout(20_000),
      deadline: Infinity,
      attempt: 1,
      caller: "test",
      permissions: [],
      correlationId: "1",
    };
    const last = count === 0 ? undefined : { count, success: true, exitCode: 0, durationMs: 1, startedAt: 1 };
    found.push(((await next([last], call)) as { delayMs: number }).delayMs);
  }
  return found;
}

test(
  "scheduler/fibonacci as a WebAssembly component waits as it does in Node.js, by one line of the operator [RPT-62, RPT-139]",
  { tags: ["slow"], timeout: 60_000 },
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-fibonacci-"));
    for (const part of ["plugin.toml", "package.json", "src"]) {
      await cp(join(PLUGIN, part), join(folder.path, part), { recursive: true });
    }
    const { bytes } = await buildComponent({ entry: join(PLUGIN, "src/plugin.ts"), permissions: {} });
    await mkdir(join(folder.path, "dist"));
    await writeFile(join(folder.path, "dist/plugin.wasm"), bytes);
    const found: number[][] = [];
    for (const isolation of ["inline", "wasm"] as const) {
      const plugins = { fibonacci: { enabled: true, isolation, accept_unenforced: [] } };
      await using host = await createTestHost({ plugins: [folder.path], config: { plugins } });
      found.push(await waits(host, { base_interval: "1s", max_interval: "20s" }));
    }
    const [inline, wasm] = found;
    expect(inline).toEqual([0, 1, 1, 2, 3, 5, 8, 13, 1, 1, 2, 3].map((seconds) => seconds * 1_000));
    expect(wasm).toEqual(inline);
  },
);
