import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";
import type { CompiledModule } from "../component/evaluate.ts";
import { compileComponent } from "../component/link-component.ts";
import { malformed } from "../component/malformed.ts";
import type { ComponentFile } from "../component/definitions.ts";
import { readComponent } from "../component/read-component.ts";
import { interfaceName, type WorldKind } from "../world/check-exports.ts";
import { WORLD } from "../world/interfaces.ts";
import type { CompiledComponent, ComponentCode } from "./thread-messages.ts";

/** A TypeScript plugin has 1.6 MiB, most of it the engine. */
const MOST_BYTES = 64 * 2 ** 20;

/** A component that was read and compiled, and of which no code has run. */
export interface ReadyComponent {
  file: ComponentFile;
  modules: readonly CompiledModule[];
  kind: WorldKind;
  /** Names of the interfaces of berth:plugin that it imports. */
  interfaces: ReadonlySet<string>;
}

/**
 * Uses `cached` when it was made of the same bytes for as much memory; `onCompiled` is given what was compiled anew.
 *
 * @throws HostError that says what is wrong with the file.
 */
export async function openComponent(
  { file: path, shownAs, memoryMb }: ComponentCode,
  cached: CompiledComponent | undefined,
  onCompiled: (compiled: CompiledComponent) => void,
): Promise<ReadyComponent> {
  const bytes = await readBounded(path, shownAs);
  const digest = createHash("sha256").update(bytes).digest("hex");
  const file = readComponent(bytes);
  const ready = { file, kind: worldOf(file), interfaces: interfacesOf(file) };
  if (cached?.digest === digest && cached.memoryMb === memoryMb) return { ...ready, modules: cached.modules };
  const modules = await compileComponent(file, memoryMb);
  onCompiled({ digest, memoryMb, modules });
  return { ...ready, modules };
}

async function readBounded(path: string, shownAs: string): Promise<Uint8Array> {
  try {
    await using handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error("it is no file");
    if (stats.size > MOST_BYTES) throw new Error(`it has ${stats.size} bytes; at most ${MOST_BYTES} are loaded`);
    return await handle.readFile();
  } catch (cause) {
    throw new HostError("PLUGIN_FAILED", `Cannot read ${shownAs}: ${errorMessage(cause)}`, { cause });
  }
}

function worldOf({ component }: ComponentFile): WorldKind {
  const exported = component.definitions.flatMap((one) => (one.is === "export" ? [one.name] : []));
  for (const kind of ["guest", "conversation"] as const) {
    if (exported.includes(interfaceName(kind))) return kind;
  }
  const other = exported.find((name) => name.startsWith(`${WORLD.name}/`));
  const hint = other === undefined ? "" : `; it exports ${other}, and this host has berth:plugin@${WORLD.version}`;
  throw malformed(`it exports neither ${WORLD.name}/guest nor ${WORLD.name}/conversation${hint}`);
}

function interfacesOf({ component }: ComponentFile): Set<string> {
  const prefix = `${WORLD.name}/`;
  return new Set(
    component.definitions.flatMap((one) =>
      one.is === "import" && one.name.startsWith(prefix) ? [one.name.slice(prefix.length).split("@")[0]!] : [],
    ),
  );
}
