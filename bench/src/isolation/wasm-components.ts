import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildComponent } from "@berth/runners/wasm-build";
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";

const ECHO = join(import.meta.dirname, "../../../examples/wasm/echo/echo.wat");

/** The example written by hand: nothing is in it but its border. */
export async function echoComponent(): Promise<{ core: Uint8Array; component: Uint8Array }> {
  const core = await parse(await readFile(ECHO, "utf8"));
  const witSource = await readFile(fileURLToPath(import.meta.resolve("@berth/contract/berth-plugin.wit")), "utf8");
  const embedded = await componentEmbed({ binary: core, witSource, world: "plugin", stringEncoding: "utf8" } as never);
  return { core, component: await componentNew(embedded) };
}

const TYPESCRIPT = `
import { definePlugin, defineService } from "@berth/sdk";
export default definePlugin({
  provides: [defineService("probe", { create: () => ({ methods: { echo: (input) => input } }) })],
});
`;

/** The same method in TypeScript, in a folder of its own: as it is, and as a component. */
export async function typescriptEcho(): Promise<{ folder: string; component: Uint8Array }> {
  const folder = await mkdtemp(join(tmpdir(), "berth-bench-wasm-"));
  const entry = join(folder, "plugin.ts");
  await writeFile(entry, TYPESCRIPT);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const { bytes } = await buildComponent({ entry, permissions: {} });
  return { folder, component: bytes };
}
