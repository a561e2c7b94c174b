import { type JsonValue, runWithin } from "@berth/base";
import { type ConfigIssue, HostError, isHostError, type Problem } from "@berth/contract";
import type { Host, ManagedInstance, ManagedPlugin } from "@berth/host";
import { configError, sortProblems } from "@berth/kernel/config";
import type { LoadedSources, SourceConfig } from "./config/index.ts";
import { secretValues } from "./secret-values.ts";

/** A plugin that takes longer to load and check is slow or hangs: its sources are told so when they run, the others go on. */
const CHECK_LIMIT_MS = 5_000;

/** A source whose configuration its own plugin has accepted. */
export interface OpenedSource {
  source: SourceConfig;
  instance: ManagedInstance;
}

/**
 * Lets each plugin check the configuration of its sources, and makes the instances. A plugin that cannot be loaded is no reason to
 * stop the others: its sources fail when they run.
 *
 * @throws HostError `CONFIG_INVALID` with every problem of every source, placed in the file.
 */
export async function openSources(
  host: Host,
  loaded: LoadedSources,
  sources: readonly SourceConfig[],
  signal: AbortSignal,
): Promise<OpenedSource[]> {
  for (const secret of loaded.secrets) host.masker.register(secret);
  const checked = await Promise.all(sources.map((source) => checkSource(host, loaded, source, signal)));
  const problems = sortProblems(checked.flatMap((result) => result.problems));
  if (problems.length > 0) throw configError(loaded.document.file, problems);
  return checked.map(({ source, config }) => ({
    source,
    instance: host.instance({ contribution: `source/${source.type}`, instanceId: source.id, config }),
  }));
}

/** What {@link openSources} would refuse. */
export async function checkSourceConfigs(
  host: Host,
  loaded: LoadedSources,
  sources: readonly SourceConfig[],
  signal: AbortSignal,
): Promise<Problem[]> {
  const checked = await Promise.all(sources.map((source) => checkSource(host, loaded, source, signal)));
  return sortProblems(checked.flatMap((result) => result.problems));
}

interface CheckedSource {
  source: SourceConfig;
  config: JsonValue;
  problems: readonly Problem[];
}

async function checkSource(
  host: Host,
  loaded: LoadedSources,
  source: SourceConfig,
  signal: AbortSignal,
): Promise<CheckedSource> {
  const { config } = source;
  const issues = await issuesOf(host, source, config, signal);
  if (issues.length === 0) return { source, config, problems: [] };
  // `${PORT}` is text; where the plugin wants a number, it is tried as one.
  const retyped = loaded.retypeConfig(source.id, issues);
  const left = retyped === undefined ? issues : await issuesOf(host, source, retyped, signal);
  if (retyped !== undefined && left.length === 0) return { source, config: retyped, problems: [] };
  return { source, config, problems: await loaded.placeIssues(source.id, left) };
}

async function issuesOf(
  host: Host,
  source: SourceConfig,
  config: JsonValue,
  signal: AbortSignal,
): Promise<readonly ConfigIssue[]> {
  const plugin = host.plugins.provider(`source/${source.type}`);
  const onTimeout = (): HostError =>
    new HostError("CALL_DEADLINE_EXCEEDED", `its plugin did not answer within ${CHECK_LIMIT_MS / 1_000} s`);
  try {
    return await runWithin({ clock: host.clock, limitMs: CHECK_LIMIT_MS, signal, onTimeout }, async (within) => {
      await hideSecrets(host, plugin, source, within);
      return plugin.checkConfig(`source/${source.type}`, config, within);
    });
  } catch (error) {
    if (signal.aborted || !isHostError(error)) throw error;
    host.log
      .about({ source: "app/signage" })
      .error(`Cannot check the configuration of "${source.id}": ${error.message}`);
    return [];
  }
}

/** What the source's own schema marks as secret is shown nowhere from here on. */
async function hideSecrets(
  { masker }: Host,
  plugin: ManagedPlugin,
  { type, config }: SourceConfig,
  signal: AbortSignal,
): Promise<void> {
  const contributions = await plugin.describe(signal);
  const schema = contributions.find(({ id }) => id === `source/${type}`)?.configSchema;
  for (const secret of secretValues(schema, config)) masker.register(secret);
}

/** @throws HostError `CONFIG_INVALID` naming the ids that are in no file. */
export function selectSources(loaded: LoadedSources, ids: readonly string[] | undefined): SourceConfig[] {
  const { sources } = loaded.config;
  if (ids === undefined || ids.length === 0) return sources.filter((source) => source.enabled);
  const unknown = ids.filter((id) => !sources.some((source) => source.id === id));
  if (unknown.length > 0) {
    const known = sources.map((source) => source.id).join(", ");
    throw new HostError(
      "CONFIG_INVALID",
      `No source has the id ${unknown.map((id) => `"${id}"`).join(", ")}; there are: ${known}`,
    );
  }
  const off = sources.filter((source) => ids.includes(source.id) && !source.enabled);
  if (off.length > 0) {
    // What it takes from the environment was not checked, so it cannot run as it is.
    const names = off.map((source) => `"${source.id}"`).join(", ");
    throw new HostError(
      "CONFIG_INVALID",
      `Cannot run ${names}: switched off in ${loaded.document.file}; set enabled: true`,
    );
  }
  return sources.filter((source) => ids.includes(source.id));
}
