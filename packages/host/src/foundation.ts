import { join, resolve } from "node:path";
import { type Clock, errorMessage, Failpoints, systemClock } from "@berth/base";
// By their own paths: through the lists of their subjects a bundle would bring all of those to every start.
import { DeadlineWheel } from "@berth/kernel/calls/deadline-wheel";
import type { HostConfig } from "@berth/kernel/config";
import { defaultHostConfig } from "@berth/kernel/config/default";
import { createEventBus, type EventBus } from "@berth/kernel/events";
import { CallScope } from "@berth/kernel/tracing";
import { openStorage, type Storage } from "@berth/storage";
import type { HostOptions } from "./host.ts";
import { createLog, type Log, LogLevels, LogRing, type LogSink, Masker, PluginLogLevels } from "./log/index.ts";
import { makeDataFolder } from "./make-data-folder.ts";
import { HostTelemetry } from "./telemetry/host-telemetry.ts";

/** What all parts of a host stand on. */
export interface Foundation {
  clock: Clock;
  failpoints: Failpoints;
  /** Changes while the host runs: whoever makes plugins reads it anew each time. */
  config: HostConfig;
  /** Absolute, as {@link Foundation.dataFolder} is. */
  workingFolder: string;
  dataFolder: string;
  env: Readonly<Record<string, string | undefined>>;
  masker: Masker;
  log: Log;
  wheel: DeadlineWheel;
  storage: Storage;
  events: EventBus;
  telemetry: HostTelemetry;
  /** Which lines of the log are kept; may be changed at any time. */
  logLevels: LogLevels;
  /** The same of plugins, for a while. */
  pluginLogLevels: PluginLogLevels;
  /** The last lines of each source. */
  logLines: LogRing;
}

/** Opens it; what is to be closed goes to `owner`. */
export function openFoundation(options: HostOptions, owner: AsyncDisposableStack): Foundation {
  const { clock = systemClock, failpoints = new Failpoints(), env = process.env } = options;
  const config: HostConfig = { ...(options.config ?? defaultHostConfig()) };
  const workingFolder = resolve(options.workingFolder ?? process.cwd());
  const dataFolder = resolve(workingFolder, options.dataFolder ?? config.data_dir);
  const masker = new Masker();
  const scope = new CallScope();
  // Asked for every line: the configuration changes while the host runs.
  const logLevels = new LogLevels(
    () => config.log.level,
    (source) => pluginEntry(config, source)?.log_level,
  );
  const pluginLogLevels = owner.use(new PluginLogLevels(logLevels, clock));
  const logLines = new LogRing();
  const log = createLog({ sink: keepLines(logLines, options.logSink), levels: logLevels, clock, masker, scope });
  makeDataFolder(dataFolder);
  const telemetry = owner.use(new HostTelemetry({ config: config.telemetry, scope, env, clock, log, masker }));
  const wheel = owner.use(new DeadlineWheel(clock));
  const path = join(dataFolder, "berth.sqlite");
  const storage = owner.use(
    openStorage({ path, clock, failpoints, log: ({ level, message }) => log.write(level, message) }),
  );
  return {
    clock,
    failpoints,
    config,
    workingFolder,
    dataFolder,
    env,
    masker,
    log,
    logLevels,
    pluginLogLevels,
    logLines,
    wheel,
    storage,
    events: openEvents(log, scope),
    telemetry,
  };
}

/** Kept first: the sink may throw. */
function keepLines(lines: LogRing, sink: LogSink | undefined): LogSink {
  if (!sink) return (record) => lines.add(record);
  return (record) => {
    lines.add(record);
    sink(record);
  };
}

const PLUGIN = "plugin/";

function pluginEntry({ plugins }: HostConfig, source: string): HostConfig["plugins"][string] | undefined {
  const name = source.startsWith(PLUGIN) ? source.slice(PLUGIN.length) : "";
  return Object.hasOwn(plugins, name) ? plugins[name] : undefined;
}

function openEvents(log: Log, scope: CallScope): EventBus {
  return createEventBus({
    scope,
    onListenerError: (error, { owner, pattern }) =>
      log.error(`${owner} failed on an event of ${pattern}: ${errorMessage(error)}`),
    onDropped: (dropped, { owner, pattern }) => log.warn(`${owner} was too slow for ${dropped} events of ${pattern}`),
  });
}
