import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { HostError } from "@berth/contract";
import { shapesOf } from "@berth/host/config";
import {
  type ConfigDocument,
  defaultHostConfig,
  expandDocument,
  findHostConfig,
  overlayPath,
  type PluginShape,
  readDocument,
} from "@berth/kernel/config";
import { placesIn } from "@berth/kernel/config/settings";
import { discover, type Discovery, type Root } from "@berth/kernel/discovery";
import type { CommandContext } from "../../command-context.ts";
import { baseOf, rootsOf } from "../../host-project.ts";

/** Options that every `berth config` command takes. */
export interface ConfigFlags {
  config?: string;
  environment?: string;
  json?: boolean;
  color?: boolean;
}

/** A configuration as it was read, right or wrong, and the plugins it leads to. */
export interface ConfigSession {
  /** As the operator names it; what it would be named when there is none. */
  file: string;
  document: ConfigDocument;
  /** Whether there is a file at all. */
  isThere: boolean;
  roots: readonly Root[];
  found: Discovery;
  shapes: readonly PluginShape[];
}

/** Reads the host's configuration and looks for its plugins. Nothing is checked, and none of their code runs. */
export async function openConfig(context: CommandContext, flags: ConfigFlags): Promise<ConfigSession> {
  const named = flags.config ?? (await findHostConfig(context.cwd));
  const file = named ?? "berth.yaml";
  const document = await expandDocument(await readLayers(context, named, flags.environment), { env: context.env });
  const { roots } = placesIn(document) ?? defaultHostConfig();
  const places = rootsOf(roots, baseOf(context.cwd, named));
  const found = await discover({ roots: places });
  return { file, document, isThere: named !== undefined, roots: places, found, shapes: shapesOf(found.plugins) };
}

/** `""` leaves overlays aside. @throws HostError `CONFIG_NOT_FOUND` for an environment that was named and has no file. */
async function readLayers(
  { cwd, env }: CommandContext,
  file: string | undefined,
  environment: string | undefined,
): Promise<ConfigDocument> {
  if (file === undefined) return readDocument({ file: "berth.yaml", text: "" });
  if (environment !== undefined && environment !== "") await assertOverlay(cwd, overlayPath(file, environment));
  return readDocument(file, { cwd, env, environment });
}

async function assertOverlay(cwd: string, overlay: string): Promise<void> {
  try {
    await access(resolve(cwd, overlay));
  } catch (cause) {
    throw new HostError("CONFIG_NOT_FOUND", `Cannot read ${overlay}: there is no such file`, { cause });
  }
}
