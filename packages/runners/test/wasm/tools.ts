import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { componentize } from "componentize-qjs";

const WIT = fileURLToPath(import.meta.resolve("@berth/contract/berth-plugin.wit"));

/** The published world, and more of one's own. */
export function worldText(more = ""): string {
  return `${readFileSync(WIT, "utf8")}\n${more}`;
}

/** A component or module of its text form. */
export async function fromText(text: string): Promise<Uint8Array> {
  return await parse(text);
}

/** A component of a core module's text, which implements `world` by the names that such tools agree on. */
export async function fromCore(text: string, witSource: string, world: string): Promise<Uint8Array> {
  const binary = await parse(text);
  return await componentNew(await componentEmbed({ binary, witSource, world, stringEncoding: "utf8" } as never));
}

/** A component that has all of a world and does nothing. */
export async function dummyOf(witSource: string, world: string): Promise<Uint8Array> {
  return await componentNew(await componentEmbed({ dummy: true, witSource, world }));
}

/** A component of plain JavaScript whose functions are called as they are: no promises are driven in it. */
export async function fromJavaScript(jsSource: string, witSource: string, world: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "berth-wasm-test-"));
  try {
    const witPath = join(folder, "world.wit");
    await writeFile(witPath, witSource);
    const { component } = await componentize({ witPath, world, jsSource, stubWasi: true, sync: true });
    return component;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
