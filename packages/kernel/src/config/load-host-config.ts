import { access } from "node:fs/promises";
import { resolve } from "node:path";
import type { JsonValue } from "@berth/base";
import { checkDocument } from "./check-document.ts";
import type { ConfigDocument } from "./config-document.ts";
import { configError } from "./config-error.ts";
import { defaultHostConfig } from "./default-host-config.ts";
import { expandDocument } from "./expand-document.ts";
import type { HostConfig } from "./host-config.ts";
import { readDocument, type ReadOptions } from "./read-document.ts";
import type { PluginShape } from "./settings/plugin-shape.ts";

/** The host's configuration, and the document it came from if there is a file. */
export interface LoadedHostConfig {
  config: HostConfig;
  /** Sections that plugins added, by name. */
  sections: Readonly<Record<string, JsonValue>>;
  document: ConfigDocument | undefined;
}

/** Where a configuration says that plugins and data are. */
export interface ConfiguredPlaces extends Pick<HostConfig, "roots" | "data_dir"> {
  /** The file that says so, as it was named; relative places are relative to its folder. */
  file: string;
}

export interface HostConfigOptions extends ReadOptions {
  /**
   * The plugins that a file leads to. Asked only when it says something that plugins decide on, their settings or sections: to find them
   * costs more than to read the file.
   */
  pluginsOf?: (places: ConfiguredPlaces) => Promise<readonly PluginShape[]>;
}

const DEFAULT_FILES = ["berth.yaml", "berth.yml", "berth.toml"];

/**
 * Reads `path`, or the `berth.yaml`, `berth.yml` or `berth.toml` of the working directory. Without any of them the defaults hold;
 * two of them at once are refused, since one would be ignored silently.
 *
 * @throws `CONFIG_NOT_FOUND` if a path was given and is not there, or `CONFIG_INVALID` with every problem at once.
 */
export async function loadHostConfig(path?: string, options: HostConfigOptions = {}): Promise<LoadedHostConfig> {
  const file = path ?? (await findHostConfig(options.cwd ?? process.cwd()));
  if (file === undefined) return { config: defaultHostConfig(), sections: {}, document: undefined };
  const document = await expandDocument(await readDocument(file, options), options);
  const { hostConfigSchema } = await import("./host-config.ts");
  const plain = await checkDocument(hostConfigSchema, document);
  const isSettled = plain.value !== undefined && !Object.values(plain.value.plugins).some(({ settings }) => settings);
  if (isSettled) return { config: plain.value, sections: {}, document };
  const { checkHostDocument, placesIn } = await import("./settings/check-host-document.ts");
  const places = placesIn(document);
  const { pluginsOf } = options;
  if (places === undefined || pluginsOf === undefined) {
    if (plain.value === undefined) throw configError(file, plain.problems);
    return { config: plain.value, sections: {}, document };
  }
  const { value, problems } = await checkHostDocument(document, await pluginsOf({ ...places, file }));
  if (value === undefined) throw configError(file, problems);
  return { ...value, document };
}

/** The configuration file of a folder, if it has one. @throws `CONFIG_INVALID` if it has two. */
export async function findHostConfig(cwd: string): Promise<string | undefined> {
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
