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
import type { ModeSpec } from "../flags/mode-table.ts";
import type { Schedule } from "../modes/schedule.ts";
import type { RecordSink } from "../run/run-record.ts";
import { pluginConfig } from "./plugin-config.ts";
import { PluginExecutor } from "./plugin-executor.ts";
import { PluginOutput } from "./plugin-output.ts";
import { baseOf, pluginRoots } from "./plugin-roots.ts";
import { PluginSchedule } from "./plugin-schedule.ts";
import type { PluginSide } from "./plugin-side.ts";
import { schemaFlags } from "./schema-flags.ts";

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
    const id: ContributionId = `scheduler/${scheduler!.name}`;
    const signal = AbortSignal.timeout(LOAD_LIMIT_MS);
    const generation = await this.#host.plugins.provider(id).activate(signal);
    const described = await generation.describe(signal);
    return schemaFlags(described.find((one) => one.id === id)?.configSchema);
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
    const config = pluginConfig(settings, [this.#pluginOf(`output/${name}`), name], []);
    const instance = await this.#open(`output/${name}`, config, []);
    const { err, name: program } = this.#context;
    const warn = (sentence: string): void => void err.write(Buffer.from(`${program}: ${neutralise(sentence)}\n`));
    return new PluginOutput(this.#host, name, instance, program, warn);
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
