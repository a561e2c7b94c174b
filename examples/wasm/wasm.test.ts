import { cp, mkdir, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CallContext } from "@berth/contract";
import { buildComponent } from "@berth/runners/wasm-build";
import { createTestHost } from "@berth/testing";
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, expect, test } from "vitest";

const aCall = (): CallContext => ({
  signal: AbortSignal.timeout(20_000),
  deadline: Infinity,
  attempt: 1,
  caller: "app/example",
  permissions: [],
  correlationId: "c1",
});

const copyOf = async (name: string) => {
  const folder = await mkdtempDisposable(join(tmpdir(), "berth-wasm-example-"));
  await cp(join(import.meta.dirname, name), folder.path, { recursive: true });
  return folder;
};

describe("the examples of WebAssembly", { tags: ["slow"] }, () => {
  test("one folder runs in Node.js and as a component, by one line of the operator [RPT-62]", async () => {
    await using folder = await copyOf("countdown");
    const { bytes } = await buildComponent({ entry: join(folder.path, "src/plugin.ts"), permissions: {} });
    await mkdir(join(folder.path, "dist"));
    await writeFile(join(folder.path, "dist/plugin.wasm"), bytes);
    const days = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    for (const isolation of ["worker", "wasm"] as const) {
      const config = { plugins: { countdown: { enabled: true, isolation, accept_unenforced: [] } } };
      await using host = await createTestHost({ plugins: [folder.path], config });
      await using source = host.instance({
        contribution: "source/countdown",
        instanceId: "holidays",
        config: { to: days, what: "Holidays" },
      });
      expect(await source.method("fetch")([], aCall())).toEqual({ title: "Holidays", lines: ["in 3 days"] });
    }
  });

  test("the component written by hand is a plugin like any other [RPT-61]", async () => {
    await using folder = await copyOf("echo");
    const witSource = await readFile(fileURLToPath(import.meta.resolve("@berth/contract/berth-plugin.wit")), "utf8");
    const binary = await parse(await readFile(join(folder.path, "echo.wat"), "utf8"));
    const embedded = await componentEmbed({ binary, witSource, world: "plugin", stringEncoding: "utf8" } as never);
    await writeFile(join(folder.path, "plugin.wasm"), await componentNew(embedded));
    await using host = await createTestHost({ plugins: [folder.path] });
    await using service = host.instance({ contribution: "service/probe", instanceId: "one" });
    const value = { text: "é", list: [1, null] };
    expect(await service.method("echo")([value], aCall())).toEqual(value);
  });
});
