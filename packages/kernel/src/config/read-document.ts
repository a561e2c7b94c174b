import { extname } from "node:path";
import { HostError, isHostError, type Problem } from "@berth/contract";
import { ConfigDocument } from "./config-document.ts";
import { type ConfigNode, mapNode } from "./config-node.ts";
import type { Environment } from "./expand-text.ts";
import { mergeNodes } from "./merge-nodes.ts";
import { decodeSource, readSourceFile, SourceFile, type SourceResult } from "./source-file.ts";

/** A file to read, or a text that stands for one; `file` is the name in messages, its ending tells the language. */
export type ConfigInput = string | { file: string; text: string };

export interface ReadOptions {
  /** Which overlay to lay over the file: `production` for `NAME.production.yaml`. Default: `BERTH_ENV`, if it is set. */
  environment?: string | undefined;
  /** Where `BERTH_ENV` is looked up. Default: the environment of the process. */
  env?: Environment;
  /** What a relative path is relative to. Default: the working directory. */
  cwd?: string;
}

interface Layer {
  file: string;
  root: ConfigNode | undefined;
  problems: readonly Problem[];
  preparePlaces: () => Promise<void>;
}

const ENVIRONMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * Reads a configuration file (`.yaml`, `.yml`, `.toml`, `.json` as YAML) and its overlay. References are not expanded yet.
 * A text given instead of a path has no overlay.
 *
 * @throws `CONFIG_NOT_FOUND` when there is no such file. Everything wrong inside is in `problems`, all of it.
 */
export async function readDocument(input: ConfigInput, options: ReadOptions = {}): Promise<ConfigDocument> {
  const cwd = options.cwd ?? process.cwd();
  if (typeof input !== "string") return documentOf([await layerOf(input.file, decodeText(input))]);
  const environment = environmentName(options);
  const layers = [await layerOf(input, await readSourceFile(input, cwd))];
  if (environment !== undefined) layers.push(...(await overlayOf(input, environment, cwd)));
  return documentOf(layers);
}

/** The overlay's name: `sources.yaml` and `production` give `sources.production.yaml`. */
export function overlayPath(file: string, environment: string): string {
  const extension = extname(file);
  return `${file.slice(0, file.length - extension.length)}.${environment}${extension}`;
}

function environmentName({ environment, env = process.env }: ReadOptions): string | undefined {
  const name = environment ?? env["BERTH_ENV"];
  if (name === undefined || name === "") return undefined;
  if (ENVIRONMENT_NAME.test(name)) return name;
  const message = `Cannot read the configuration: the environment ${JSON.stringify(name.slice(0, 64))} is no name; use letters, digits, _ and -`;
  throw new HostError("CONFIG_INVALID", message);
}

async function overlayOf(file: string, environment: string, cwd: string): Promise<Layer[]> {
  const path = overlayPath(file, environment);
  try {
    return [await layerOf(path, await readSourceFile(path, cwd))];
  } catch (error) {
    if (isHostError(error, "CONFIG_NOT_FOUND")) return [];
    throw error;
  }
}

const decodeText = ({ file, text }: { file: string; text: string }): SourceResult =>
  decodeSource(file, new TextEncoder().encode(text));

async function layerOf(file: string, read: SourceResult): Promise<Layer> {
  const nothingToPrepare = (): Promise<void> => Promise.resolve();
  if ("problem" in read) return { file, root: undefined, problems: [read.problem], preparePlaces: nothingToPrepare };
  if (extname(file).toLowerCase() === ".toml") {
    const { readToml } = await import("./read-toml.ts");
    return { file, ...readToml(read.source) };
  }
  const { readYaml } = await import("./read-yaml.ts");
  return { file, ...readYaml(read.source), preparePlaces: nothingToPrepare };
}

function documentOf(layers: readonly Layer[]): ConfigDocument {
  const roots = layers.map((layer) => layer.root).filter((root) => root !== undefined);
  return new ConfigDocument({
    files: layers.map((layer) => layer.file),
    root:
      roots.length > 0
        ? roots.reduce(mergeNodes)
        : mapNode(new Map(), { source: new SourceFile(layers[0]!.file, ""), value: 0 }),
    problems: layers.flatMap((layer) => layer.problems),
    async preparePlaces() {
      await Promise.all(layers.map((layer) => layer.preparePlaces()));
    },
  });
}
