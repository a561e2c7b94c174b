import { dirname, join, resolve } from "node:path";
import type { JsonValue } from "@berth/base";
import { firstPartyRoot, type Root } from "@berth/host";
import { type HostConfig, loadHostConfig } from "@berth/kernel/config";
import type { CommandContext } from "./command-context.ts";

/** A project as the host sees it: its configuration, and where its plugins and its data are. */
export interface HostProject {
  config: HostConfig;
  /** Sections of the file that plugins added, by name. */
  sections: Readonly<Record<string, JsonValue>>;
  /** The file that was read; absent: there is none. */
  file: string | undefined;
  /** Whether there is a configuration file at all. */
  isConfigured: boolean;
  /** What comes with Berth, what `berth.yaml` names, what npm installed beside the project. */
  roots: Root[];
  /** Absolute. */
  dataFolder: string;
}

/** Reads `berth.yaml`, or the file that was named; without one the defaults hold. */
export async function readHostProject(context: CommandContext, file: string | undefined): Promise<HostProject> {
  const { config, sections, document } = await loadHostConfig(file, {
    cwd: context.cwd,
    env: context.env,
    pluginsOf: async (places) => {
      const { findShapes } = await import("@berth/host/config");
      return findShapes(rootsOf(places.roots, baseOf(context.cwd, places.file)));
    },
  });
  const base = baseOf(context.cwd, document?.file);
  return {
    config,
    sections,
    file: document?.file,
    isConfigured: document !== undefined,
    roots: rootsOf(config.roots, base),
    dataFolder: resolve(base, config.data_dir),
  };
}

/** What paths in a configuration file are relative to. */
export const baseOf = (cwd: string, file: string | undefined): string =>
  file === undefined ? cwd : dirname(resolve(cwd, file));

/** Where the plugins of a project are, those that its configuration names between the others. */
export function rootsOf(configured: readonly string[], base: string): Root[] {
  return [
    firstPartyRoot(),
    ...configured.map(
      (path) => ({ kind: "folder", path: resolve(base, path), trust: "third-party", optional: true }) as const,
    ),
    { kind: "node_modules", path: join(base, "node_modules"), trust: "third-party", optional: true },
  ];
}
