import { resolve } from "node:path";
import { HostError, LOG_LEVELS, type LogLevel } from "@berth/contract";
import { createHost, createJsonSink, createTextSink, type Host, type HostOptions, type LogSink } from "@berth/host";
import type { HeldConfig, HostConfig } from "@berth/kernel/config";
import type { CommandContext } from "./command-context.ts";
import { type HostProject, readHostProject } from "./host-project.ts";
import { wantsColour } from "./terminal/terminal.ts";

/** Options of commands that run a host. */
export interface HostFlags {
  /** `berth.yaml`, or another. */
  hostConfig?: string | undefined;
  logLevel?: string;
  color?: boolean;
  /** Whether only plugins that come with Berth are used, inline. */
  safe?: boolean;
}

/** What a command decides about its host beside `berth.yaml`. */
export interface ProjectHostOptions extends Pick<HostOptions, "keepsVersions" | "guarded"> {
  signal?: AbortSignal | undefined;
  /** The host is to stop at once, without a drain. */
  hurry?: AbortSignal | undefined;
  /** Where it was read already. */
  project?: HostProject;
  /** In place of the project's. */
  dataFolder?: string | undefined;
  /** Whether plugins are replaced when their files change. Default false. */
  watch?: boolean;
  /** What is logged where neither `berth.yaml` nor a flag says so. */
  quietLevel: LogLevel;
}

/** Makes the host that `berth.yaml` describes, or one by the defaults; it logs to standard error. The caller disposes it. */
export async function openProjectHost(
  context: CommandContext,
  flags: HostFlags,
  { signal, project: read, dataFolder, quietLevel, guarded = [], ...options }: ProjectHostOptions,
): Promise<Host> {
  const project = read ?? (await readHostProject(context, flags.hostConfig));
  const { config, sections, roots } = project;
  const { file } = project;
  const wanted = logLevel(flags.logLevel);
  const again = async (): Promise<HeldConfig> => {
    // By its name: what was configured does not go by the defaults because the file is gone.
    const { config: read, sections: added } = await readHostProject(context, file);
    return { config: withLevel(read), sections: added };
  };
  const withLevel = (read: HostConfig): HostConfig => {
    return { ...read, log: { ...read.log, level: wanted ?? (project.isConfigured ? read.log.level : quietLevel) } };
  };
  return createHost({
    ...options,
    isSafe: isSafe(flags, context),
    roots,
    config: withLevel(config),
    sections,
    ...(file === undefined ? {} : { configFile: { path: resolve(context.cwd, file), load: again } }),
    workingFolder: context.cwd,
    dataFolder: dataFolder ?? project.dataFolder,
    env: context.env,
    guarded: [...guarded, ...(project.file === undefined ? [] : [project.file])],
    logSink: sinkFor(context, flags, config),
    clock: context.clock,
    onLeftBehind: () => context.endWithoutWaiting?.(),
    ...(signal ? { signal, stop: signal } : {}),
  });
}

/** `--safe`, or BERTH_SAFE for what is started by others. */
function isSafe({ safe }: HostFlags, { env }: CommandContext): boolean {
  return safe === true || env["BERTH_SAFE"] === "1" || env["BERTH_SAFE"] === "true";
}

function sinkFor({ err, env }: CommandContext, { color }: HostFlags, config: HostConfig): LogSink {
  if (config.log.format === "json") return createJsonSink(err);
  return createTextSink(err, { hasColor: wantsColour({ stream: err, env, colour: color }) });
}

function logLevel(given: string | undefined): LogLevel | undefined {
  if (given === undefined) return undefined;
  if (LOG_LEVELS.includes(given as LogLevel)) return given as LogLevel;
  throw new HostError("CONFIG_INVALID", `Unknown log level "${given}"; use one of ${LOG_LEVELS.join(", ")}`);
}
