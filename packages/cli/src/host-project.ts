import { dirname, join, resolve } from "node:path";
import { firstPartyRoot, type Root } from "@berth/host";
import { type HostConfig, loadHostConfig } from "@berth/kernel/config";
import type { CommandContext } from "./command-context.ts";

/** A project as the host sees it: its configuration, and where its plugins and its data are. */
export interface HostProject {
  config: HostConfig;
  /** Whether there is a configuration file at all. */
  isConfigured: boolean;
  /** What comes with Berth, what `berth.yaml` names, what npm installed beside the project. */
  roots: Root[];
  /** Absolute. */
  dataFolder: string;
}

/** Reads `berth.yaml`, or the file that was named; without one the defaults hold. */
export async function readHostProject(context: CommandContext, file: string | undefined): Promise<HostProject> {
  const { config, document } = await loadHostConfig(file, { cwd: context.cwd, env: context.env });
  const base = document ? dirname(resolve(context.cwd, document.file)) : context.cwd;
  return {
    config,
    isConfigured: document !== undefined,
    roots: [
      firstPartyRoot(),
      ...config.roots.map(
        (path) => ({ kind: "folder", path: resolve(base, path), trust: "third-party", optional: true }) as const,
      ),
      { kind: "node_modules", path: join(base, "node_modules"), trust: "third-party", optional: true },
    ],
    dataFolder: resolve(base, config.data_dir),
  };
}
