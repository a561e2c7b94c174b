import { access } from "node:fs/promises";
import { resolve } from "node:path";
import type { ConfigDocument } from "./config-document.ts";
import { configError } from "./config-error.ts";
import { defaultHostConfig } from "./default-host-config.ts";
import type { HostConfig } from "./host-config.ts";
import { readConfig } from "./read-config.ts";
import type { ReadOptions } from "./read-document.ts";

/** The host's configuration, and the document it came from if there is a file. */
export interface LoadedHostConfig {
  config: HostConfig;
  document: ConfigDocument | undefined;
}

const DEFAULT_FILES = ["berth.yaml", "berth.yml", "berth.toml"];

/**
 * Reads `path`, or the `berth.yaml`, `berth.yml` or `berth.toml` of the working directory. Without any of them the defaults hold;
 * two of them at once are refused, since one would be ignored silently.
 *
 * @throws `CONFIG_NOT_FOUND` if a path was given and is not there, or `CONFIG_INVALID` with every problem at once.
 */
export async function loadHostConfig(path?: string, options: ReadOptions = {}): Promise<LoadedHostConfig> {
  const file = path ?? (await findFile(options.cwd ?? process.cwd()));
  if (file === undefined) return { config: defaultHostConfig(), document: undefined };
  const { hostConfigSchema } = await import("./host-config.ts");
  const { value, document } = await readConfig(hostConfigSchema, file, options);
  return { config: value, document };
}

async function findFile(cwd: string): Promise<string | undefined> {
  const checks = await Promise.all(DEFAULT_FILES.map((file) => exists(resolve(cwd, file))));
  const found = DEFAULT_FILES.filter((_, index) => checks[index]);
  if (found.length < 2) return found[0];
  const message = `stands beside ${found.slice(1).join(" and ")}; keep one, or name it with --config`;
  throw configError(found[0]!, [{ file: found[0]!, path: "", message }]);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
