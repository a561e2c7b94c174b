import { type Clock, errorMessage, neutraliseLine, sleep } from "@berth/base";
import { type ExitKind, HostError, isHostError } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { EventBus } from "@berth/kernel/events";
import type { Generation, ManagedPlugin, PluginCode, PluginEnd } from "@berth/kernel/lifecycle";
import { RestartRules, supervisionPolicy, type Verdict } from "@berth/kernel/supervision";
import type { PluginGraph } from "../graph/plugin-graph.ts";
import type { Log } from "../log/index.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { Care } from "./care.ts";
import { Cares, type SupervisionStatus } from "./cares.ts";
import { isOrderly } from "./is-orderly.ts";
import { crashedPlugin, forgetLastRun, keepLastRun } from "./last-run.ts";
import { type HostReport, reportOn } from "./start-report.ts";
import { gaveUp, requiredMissing } from "./supervision-errors.ts";
import { SupervisionNews } from "./supervision-news.ts";

/** What {@link Supervision} needs of the host. */
export interface SupervisionOptions {
  directory: PluginDirectory;
  graph: Pick<PluginGraph, "dependentsOf" | "inOrder" | "edgesOf">;
  config: Pick<HostConfig, "plugins">;
  clock: Clock;
  /** Where word is left for whoever looks when the host has ended. */
  dataFolder: string;
  log: Pick<Log, "info" | "warn" | "error">;
  events: Pick<EventBus, "publish">;
  /** The code of what ended, as it ran; and that a plugin is about to be stopped, which is no failure of its version. */
  reloads: {
    codeOf(plugin: ManagedPlugin, generation: Generation): Promise<PluginCode>;
    settle(plugin: string): Promise<void>;
  };
  /** From 0 to below 1. Default: by chance. */
  random?: () => number;
}

/** Nobody's fault: it is as the operator wants it, and no reason to try again. */
const AS_WANTED: ReadonlySet<string> = new Set(["PLUGIN_DISABLED", "PLUGIN_LEFT_OUT", "GRANT_PENDING"]);

const LONGEST_REASON = 500;

/**
 * Sees to plugins that end by themselves: starts them again by the rules of their `[supervision]`, keeps their calls waiting meanwhile, and
 * gives up what does not stay. A plugin on probation is not its concern: that is put back by its reload.
 */
export class Supervision implements AsyncDisposable {
  readonly #options: SupervisionOptions;
  readonly #rules: RestartRules;
  readonly #cares: Cares;
  readonly #news: SupervisionNews;
  readonly #owned = new DisposableStack();
  readonly #works = new Set<Promise<void>>();
  // Made when somebody asks: the first of a process loads a part of Node.js that a host which serves nobody does not need.
  #overMade: AbortController | undefined;
  #lostMade: AbortController | undefined;
  #isStarted = false;

  constructor(options: SupervisionOptions) {
    this.#options = options;
    const { directory, graph, config, clock, random = Math.random } = options;
    this.#cares = new Cares(directory, clock);
    this.#news = new SupervisionNews(options);
    this.#rules = new RestartRules(
      {
        policyOf: (id) => {
          const { manifest } = directory.get(id);
          return supervisionPolicy(manifest, config.plugins[manifest.plugin.name]?.supervision);
        },
        dependentsOf: (id) => graph.dependentsOf(id),
        inOrder: () => graph.inOrder.map(({ name }) => name),
      },
      random,
    );
    for (const plugin of directory.plugins) this.watch(plugin);
  }

  get #over(): AbortController {
    return (this.#overMade ??= new AbortController());
  }

  get #lost(): AbortController {
    return (this.#lostMade ??= new AbortController());
  }

  /** Fires with `PLUGIN_REQUIRED` when a plugin that the host must not run without is gone for good: the host is to be ended. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Starts a host; that it could not is kept for whoever looks later. */
  async starting<T>(start: () => Promise<T>): Promise<T> {
    this.#isStarted = true;
    forgetLastRun(this.#options.dataFolder);
    try {
      return await start();
    } catch (error) {
      if (isHostError(error)) await this.#keepLastRun(error.message);
      throw error;
    }
  }

  /** From now on it is seen when the plugin ends by itself. */
  watch(plugin: ManagedPlugin): void {
    this.#owned.use(plugin.oversee({ onEnded: (end) => this.#onEnded(plugin, end) }));
  }

  statusOf(id: string): SupervisionStatus {
    return this.#cares.statusOf(id);
  }

  /** What runs and what does not, with reasons and what to do: what a start has to show, and whoever asks later. */
  report(): HostReport {
    return reportOn(this.#options.directory, (id) => this.gaveUp(id));
  }

  /** Why a plugin was given up, if it was. */
  gaveUp(id: string): HostError | undefined {
    return this.#cares.find(id)?.gaveUp;
  }

  /** Somebody else sees to the plugin from now on: nothing is tried any more, and nothing counts of what was. */
  standDown(id: string): void {
    if (!this.#cares.find(id)) return;
    this.#rules.reset(id);
    this.#cares.abandon(id);
    this.#cares.forget(id);
  }

  /**
   * Stops the plugin if it runs, and starts it again at once, with what was stopped because it had been given up.
   *
   * @throws HostError when it does not start; one that was given up stays so then.
   */
  async restart(id: string, signal: AbortSignal): Promise<void> {
    const plugin = this.#options.directory.get(id);
    const { name } = plugin;
    const before = this.#cares.find(name);
    const within = AbortSignal.any([signal, this.#over.signal]);
    using _hold = plugin.hold({ reason: "it is being restarted by command" });
    const others = before?.gaveUp ? before.stopped : this.#cares.abandon(name).filter((one) => one !== name);
    this.#rules.reset(name);
    await this.#options.reloads.settle(name);
    const startedMs = this.#options.clock.monotonicMs();
    try {
      await plugin.deactivate();
      await plugin.reopen(within);
    } catch (error) {
      if (!before?.gaveUp) this.standDown(name);
      throw error;
    }
    this.standDown(name);
    this.#news.restarted(plugin, "by command", startedMs, 0);
    for (const each of others) await this.#startAgain(each, name, within);
  }

  /** The host is about to stop: nobody is started again any more, and calls that wait are told. */
  beginStop(): void {
    if (this.#over.signal.aborted) return;
    const stopping = new HostError("CALL_CANCELLED", "The host is stopping");
    this.#over.abort(stopping);
    this.#cares.stop(stopping);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Before the stop, whose own ends are no news.
    if (!this.#over.signal.aborted && this.#cares.all.size > 0) this.#own(this.#keepLastRun());
    this.beginStop();
    await Promise.all(this.#works);
    this.#owned.dispose();
  }

  #onEnded(plugin: ManagedPlugin, { generation, kind, reason: why }: PluginEnd): "failed" | "unloaded" {
    if (this.#over.signal.aborted) return "failed";
    const { name } = plugin;
    const care = this.#cares.of(name);
    const reason = neutraliseLine(why, LONGEST_REASON);
    care.lastExit = { at: this.#options.clock.now(), kind, reason };
    care.generation = generation;
    const verdict = this.#rules.exited(name, kind, this.#runningBeside(name), this.#options.clock.monotonicMs());
    this.#news.crashed(plugin, care.lastExit, verdict);
    if (verdict.do === "restart") this.#bringBack(name, verdict);
    else if (verdict.do === "give-up") this.#giveUp(name, verdict, care.lastExit.reason);
    else this.#leave(plugin, kind, verdict.stop);
    return verdict.do === "leave" && isOrderly(kind) ? "unloaded" : "failed";
  }

  /** Holds who is to be started again, and goes about it; what another restart had left to do is done as well. */
  #bringBack(leader: string, verdict: Verdict & { do: "restart" }): void {
    const care = this.#cares.of(leader);
    const before = care.work;
    before?.over.abort();
    const wanted = new Set([...(before?.remaining ?? []), ...verdict.start]);
    const names = this.#inOrder(wanted);
    for (const name of names) {
      this.#cares.of(name).isRefusing = verdict.stop.length > 0;
      this.#cares.hold(name);
    }
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const work = { over: new AbortController(), remaining: names, done };
    care.work = work;
    const signal = AbortSignal.any([work.over.signal, this.#over.signal]);
    const run = this.#run(leader, { ...verdict, start: names }, signal)
      .catch((error: unknown) => {
        if (signal.aborted) return;
        this.#cares.abandon(leader);
        this.#options.log.error(`Cannot restart "${leader}": ${errorMessage(error)}`);
      })
      .finally(() => {
        this.#works.delete(run);
        if (care.work === work) care.work = undefined;
        resolve();
      });
    this.#works.add(run);
  }

  async #run(leader: string, verdict: Verdict & { do: "restart" }, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const care = this.#cares.of(leader);
    const dueMs = clock.monotonicMs() + verdict.waitMs;
    for (const name of verdict.start) this.#cares.of(name).nextAttemptAt = clock.now() + verdict.waitMs;
    await this.#stopAll(verdict.stop);
    for (const name of verdict.start) this.#cares.of(name).isRefusing = false;
    const waitMs = dueMs - clock.monotonicMs();
    if (waitMs > 0) await sleep(clock, waitMs, signal);
    for (const name of verdict.start) {
      signal.throwIfAborted();
      if (!(await this.#reopen(name, leader, signal))) return;
      if (care.work) care.work.remaining = care.work.remaining.filter((one) => one !== name);
    }
  }

  /** @returns whether the next may follow. */
  async #reopen(name: string, leader: string, signal: AbortSignal): Promise<boolean> {
    const { directory, clock } = this.#options;
    const plugin = directory.get(name);
    const care = this.#cares.of(name);
    await this.#providersAreBack(name, leader, signal);
    const startedMs = clock.monotonicMs();
    try {
      if (care.generation) await plugin.recode(await this.#options.reloads.codeOf(plugin, care.generation));
      await plugin.reopen(signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#onNotStarted(name, leader, error);
      return false;
    }
    // It may have ended once more meanwhile, which another restart sees to.
    signal.throwIfAborted();
    this.#rules.started(name, clock.monotonicMs());
    this.#cares.free(name);
    care.generation = undefined;
    care.restarts++;
    const because = name === leader ? (care.lastExit?.kind ?? "crash") : leader;
    this.#news.restarted(plugin, because, startedMs, care.restarts);
    return true;
  }

  #onNotStarted(name: string, leader: string, error: unknown): void {
    const { clock, log } = this.#options;
    const reason = neutraliseLine(errorMessage(error), LONGEST_REASON);
    if (isHostError(error) && AS_WANTED.has(error.code)) {
      log.info(`Plugin "${name}" is not started again: ${reason}`, { plugin: name });
      this.#cares.abandon(leader);
      return this.standDown(name);
    }
    const missing = this.#options.graph
      .edgesOf(name)
      .requires.map((id) => this.#cares.find(id))
      .find((one) => one?.gaveUp);
    if (missing?.gaveUp) return this.#waitForGivenUp(leader, missing, missing.gaveUp);
    this.#cares.of(name).lastExit = { at: clock.now(), kind: "crash", reason };
    const verdict = this.#rules.notStarted(name, this.#runningBeside(name), clock.monotonicMs());
    this.#news.notStarted(name, reason, verdict);
    if (verdict.do === "restart") this.#bringBack(leader, verdict);
    else if (verdict.do === "give-up") this.#giveUp(leader, verdict, reason);
  }

  /** What is restarted by itself just now, and needed, comes first. */
  async #providersAreBack(name: string, leader: string, signal: AbortSignal): Promise<void> {
    for (const provider of this.#options.graph.edgesOf(name).requires) {
      const work = this.#cares.find(provider)?.work;
      if (provider !== leader && work && !work.remaining.includes(name)) await untilAborted(work.done, signal);
    }
  }

  #giveUp(leader: string, verdict: Verdict & { do: "give-up" }, reason: string): void {
    const { supervisor, stop, restarts, periodMs } = verdict;
    const given = { plugin: supervisor, restarts, periodMs, reason };
    const others = this.#cares.abandon(leader);
    const care = this.#cares.of(supervisor);
    const error = gaveUp(given);
    care.state = "gave-up";
    care.gaveUp = error;
    // Those who waited come again, and are told.
    this.#cares.hold(supervisor);
    const concerned = new Set([...stop, ...others, leader]);
    concerned.delete(supervisor);
    care.stopped = this.#inOrder(concerned);
    this.#news.gaveUp(this.#options.directory.get(supervisor), given, care.stopped);
    this.#own(this.#keepLastRun());
    this.#own(this.#stopAll(stop));
    this.#loseIfRequired([supervisor, ...care.stopped], error);
  }

  /** What it needs was given up: it comes back with that, or not at all. */
  #waitForGivenUp(leader: string, missing: Care, error: HostError): void {
    const left = [leader, ...this.#cares.abandon(leader)];
    missing.stopped = this.#inOrder(new Set([...missing.stopped, ...left]));
    this.#loseIfRequired(left, error);
  }

  /** It is not started again: what cannot do without it is stopped, and starts it again when it is used. */
  #leave(plugin: ManagedPlugin, kind: ExitKind, stop: readonly string[]): void {
    this.#own(this.#stopAll(stop));
    if (isOrderly(kind)) return;
    const reason = this.#cares.find(plugin.name)?.lastExit?.reason ?? "";
    const error = new HostError("PLUGIN_FAILED", `Plugin "${plugin.name}" ended by itself: ${reason}`);
    this.#loseIfRequired([plugin.name, ...stop], error);
  }

  #loseIfRequired(names: readonly string[], error: HostError): void {
    const { directory } = this.#options;
    const required = names.find((name) => directory.get(name).manifest.plugin.criticality === "required");
    if (required === undefined || this.#lost.signal.aborted) return;
    this.#lost.abort(requiredMissing(required, "go on", error));
  }

  async #stopAll(names: readonly string[]): Promise<void> {
    const { directory, reloads, log } = this.#options;
    for (const name of names) {
      await reloads.settle(name);
      for (const failure of await directory.get(name).deactivate()) log.warn(errorMessage(failure), { plugin: name });
    }
  }

  async #startAgain(name: string, provider: string, signal: AbortSignal): Promise<void> {
    const { directory, log } = this.#options;
    try {
      await directory.get(name).activate(signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn(`Cannot start "${name}" again with "${provider}": ${errorMessage(error)}`, { plugin: name });
    }
  }

  #runningBeside(name: string): ReadonlySet<string> {
    const running = this.#options.directory.plugins.filter(({ serving }) => serving).map((plugin) => plugin.name);
    return new Set(running.filter((one) => one !== name));
  }

  #inOrder(names: ReadonlySet<string>): string[] {
    return this.#options.graph.inOrder.map(({ name }) => name).filter((name) => names.has(name));
  }

  #own(work: Promise<void>): void {
    const owned = work
      .catch((error: unknown) => this.#options.log.error(errorMessage(error)))
      .finally(() => this.#works.delete(owned));
    this.#works.add(owned);
  }

  /** For a host that was started: others only look. */
  async #keepLastRun(couldNotStart?: string): Promise<void> {
    if (!this.#isStarted) return;
    const { clock, dataFolder, log } = this.#options;
    const plugins = [...this.#cares.all.keys()].map((id) => crashedPlugin(id, this.statusOf(id)));
    const run = { at: clock.now(), plugins, ...(couldNotStart === undefined ? {} : { couldNotStart }) };
    await keepLastRun(dataFolder, run).catch((error: unknown) => log.warn(errorMessage(error)));
  }
}

function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    void work.then(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
  });
}
