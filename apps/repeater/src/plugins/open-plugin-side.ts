import { existsSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neutralise } from "@berth/base";
import { type ContributionId, HostError, isHostError } from "@berth/contract";
import { createHost, createTextSink, type Host, type ManagedInstance } from "@berth/host";
import { loadHostConfig } from "@berth/kernel/config";
import { textOf } from "../config/config-file.ts";
import type { Settings } from "../config/settings.ts";
import type { RprContext } from "../context.ts";
import type { Executor } from "../exec/executor.ts";
import type { FlagSpec } from "../flags/flag.ts";
import { MODES, type ModeSpec } from "../flags/mode-table.ts";
import type { Schedule } from "../modes/schedule.ts";
import type { RecordSink } from "../run/run-record.ts";
import { withPaths } from "./configured-paths.ts";
import { openPages } from "./output-pages.ts";
import { pluginConfig } from "./plugin-config.ts";
import { PluginExecutor } from "./plugin-executor.ts";
import { PluginOutput } from "./plugin-output.ts";
import { baseOf, pluginRoots } from "./plugin-roots.ts";
import { PluginSchedule } from "./plugin-schedule.ts";
import type { PluginSide } from "./plugin-side.ts";
import { schemaFlags } from "./schema-flags.ts";
import { spoolFolder } from "./spool-folder.ts";

/** How long a plugin may take to be loaded and to say what its settings are. */
const LOAD_LIMIT_MS = 30_000;

/** Makes the host of `rpr`, with the plugins of the project, of the user, and those that come with Berth. */
export async function openPluginSide(context: RprContext): Promise<PluginSide> {
  await using opened = new AsyncDisposableStack();
  const host = opened.use(await openHost(context, opened));
  const owned = opened.move();
  return new HostPlugins(host, context, owned);
}

async function openHost({ cwd, env, clock, err }: RprContext, opened: AsyncDisposableStack): Promise<Host> {
  const home = env["HOME"];
  const { config, sections, document } = await loadHostConfig(undefined, {
    cwd,
    env,
    pluginsOf: async ({ roots, file }) => {
      const { findShapes } = await import("@berth/host/config");
      return findShapes(pluginRoots(roots, baseOf(cwd, file), home));
    },
  });
  // Several may run in one folder, and leave nothing behind there.
  const scratch = opened.use(await mkdtempDisposable(join(tmpdir(), "rpr-")));
  const sink = createTextSink({ write: (text: string) => void err.write(Buffer.from(text)) }, { hasColor: false });
  return createHost({
    roots: pluginRoots(config.roots, baseOf(cwd, document?.file), home),
    config: document ? config : { ...config, log: { ...config.log, level: "error" } },
    sections,
    workingFolder: cwd,
    dataFolder: scratch.path,
    env,
    clock,
    logSink: sink,
  });
}

class HostPlugins implements PluginSide {
  readonly #host: Host;
  readonly #context: RprContext;
  readonly #owned: AsyncDisposableStack;

  constructor(host: Host, context: RprContext, owned: AsyncDisposableStack) {
    this.#host = host;
    this.#context = context;
    this.#owned = owned;
  }

  schedulerNames(): readonly string[] {
    return this.#host.plugins.names("scheduler");
  }

  modeOf(name: string): ModeSpec | undefined {
    const plugin = this.#host.plugins.find(`scheduler/${name}`);
    if (!plugin) return undefined;
    const summary = `by the scheduler ${name} of a plugin`;
    return { name, aliases: [], summary, requires: [], scheduler: { name, plugin: plugin.name }, examples: [] };
  }

  async flagsOf({ scheduler }: ModeSpec): Promise<readonly FlagSpec[]> {
    return schemaFlags(await this.#schemaOf(`scheduler/${scheduler!.name}`));
  }

  async flagsOfOtherModes(mode: ModeSpec): Promise<readonly FlagSpec[]> {
    const others = MODES.filter(({ name, scheduler }) => scheduler && name !== mode.name);
    const flags = new Map<string, FlagSpec & { modes: string[] }>();
    for (const other of others) {
      for (const flag of await this.flagsOf(other).catch(() => [])) {
        const known = flags.get(flag.name);
        if (known) known.modes.push(other.name);
        else flags.set(flag.name, { ...flag, modes: [other.name] });
      }
    }
    // A flag's own name is stronger than what another is called too.
    const isName = (typed: string): boolean => flags.has(typed.slice(2));
    return [...flags.values()].map(({ also = [], ...flag }) => ({ ...flag, also: also.filter((one) => !isName(one)) }));
  }

  async openScheduler(
    { name, scheduler }: ModeSpec,
    flags: readonly FlagSpec[],
    settings: Settings,
  ): Promise<Schedule> {
    const own = scheduler!.name;
    const names = [scheduler!.plugin, own, name];
    const instance = await this.#open(`scheduler/${own}`, pluginConfig(settings, names, flags), flags);
    return new PluginSchedule(this.#host, own, instance);
  }

  async openExecutor(name: string, settings: Settings): Promise<Executor> {
    const config = pluginConfig(settings, [this.#pluginOf(`executor/${name}`), name], []);
    return new PluginExecutor(this.#host, name, await this.#open(`executor/${name}`, config, []));
  }

  async openOutput(name: string, settings: Settings): Promise<RecordSink> {
    const { err, name: job, clock, env, cwd } = this.#context;
    const { manifest } = this.#host.plugins.provider(`output/${name}`);
    const written = pluginConfig(settings, [this.#pluginOf(`output/${name}`), name], []);
    const config = withPaths(written, manifest, { cwd, home: env["HOME"] });
    const instance = await this.#open(`output/${name}`, config, []);
    const warn = (sentence: string): void => void err.write(Buffer.from(`${job}: ${neutralise(sentence)}\n`));
    const folder = spoolFolder(env, name, config);
    const output = new PluginOutput({ host: this.#host, name, instance, job, spoolFolder: folder, clock, warn });
    if (existsSync(folder)) output.resume();
    if (output.hasPages) {
      const listen = config["listen"] ?? (await this.#defaultOf(`output/${name}`, "listen"));
      this.#owned.use(await openPages({ output, name, listen, clock, warn }));
    }
    return output;
  }

  /** What a setting is where nobody says, by the schema. */
  async #defaultOf(id: ContributionId, setting: string): Promise<unknown> {
    const schema = await this.#schemaOf(id);
    const { properties = {} } = (schema ?? {}) as { properties?: Record<string, { default?: unknown }> };
    return Object.hasOwn(properties, setting) ? properties[setting]?.default : undefined;
  }

  async #schemaOf(id: ContributionId): Promise<Readonly<Record<string, unknown>> | undefined> {
    const signal = AbortSignal.timeout(LOAD_LIMIT_MS);
    const generation = await this.#host.plugins.provider(id).activate(signal);
    const described = await generation.describe(signal);
    return described.find((one) => one.id === id)?.configSchema;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  #pluginOf(id: ContributionId): string {
    return this.#host.plugins.provider(id).name;
  }

  async #open(contribution: ContributionId, config: unknown, flags: readonly FlagSpec[]): Promise<ManagedInstance> {
    const instance = this.#host.instance({ contribution, instanceId: contribution, config });
    try {
      await instance.open(AbortSignal.timeout(LOAD_LIMIT_MS));
    } catch (error) {
      await instance[Symbol.asyncDispose]();
      throw explained(error, contribution, flags);
    }
    return instance;
  }
}

/** What is wrong with the settings of a plugin, by the flags that were typed. */
function explained(error: unknown, contribution: string, flags: readonly FlagSpec[]): unknown {
  if (!isHostError(error, "CONFIG_INVALID")) return error;
  const { issues } = (error.details ?? {}) as { issues?: { path?: unknown[]; message?: unknown }[] };
  if (!Array.isArray(issues) || issues.length === 0) return error;
  const lines = issues.map(({ path, message }) => {
    const [setting] = path ?? [];
    const flag = flags.find((one) => one.setting === setting);
    return `${flag ? `--${flag.name}` : textOf(setting)} ${textOf(message)}`;
  });
  return new HostError("CONFIG_INVALID", `Cannot use ${contribution}: ${lines.join("; ")}`, { cause: error });
}
