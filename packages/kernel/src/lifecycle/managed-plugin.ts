import { type Clock, errorMessage, Failpoints, SerialQueue } from "@berth/base";
import {
  type CallContext,
  type ConfigIssue,
  type ContributionDescription,
  type HealthReport,
  HostError,
  type InstanceRequest,
  isHostError,
  type LifecycleState,
  type Manifest,
} from "@berth/contract";
import type { CallTally } from "../usage/call-tally.ts";
import type { GenerationPulse } from "../watchdog/pulse.ts";
import type { EndPace } from "./end-pace.ts";
import type { Generation } from "./generation.ts";
import { GenerationPulses } from "./generation-pulses.ts";
import type { CallScope } from "../tracing/call-scope.ts";
import { type Hold, type HoldOptions, Holds } from "./holds.ts";
import { KeptInstances } from "./kept-instances.ts";
import { Lifecycle, type LifecycleMove } from "./lifecycle.ts";
import { type GenerationToOpen, openGeneration } from "./open-generation.ts";
import { type PluginCode, providedBy } from "./plugin-code.ts";
import type { Guardian, Overseer, PluginEnd } from "./plugin-end.ts";

/** What {@link ManagedPlugin} needs of the host, beside the code it begins with. */
export interface ManagedPluginOptions extends PluginCode {
  /** What the manifest's `dependencies.host` is held against. */
  hostVersion: string;
  clock: Clock;
  failpoints?: Failpoints;
  /** Counts the calls into it, where somebody asked for that. */
  tally?: CallTally | undefined;
  /** What the host knows it by. Default: the manifest's name. */
  name?: string;
  /** Transitions are no part of the call that brings them about: what they begin goes on after it. */
  scope?: CallScope;
}

/** Is told, and waited for, before each step of {@link ManagedPlugin.stage}. */
export type EnterStep = (step: "open" | "handshake" | "initialize") => Promise<void>;

/**
 * One plugin in a host: its state, its current generation, and the queue that keeps its transitions apart. Code is loaded by
 * the first {@link activate}.
 */
export class ManagedPlugin implements AsyncDisposable {
  readonly name: string;
  readonly #options: Omit<ManagedPluginOptions, keyof PluginCode>;
  readonly #lifecycle: Lifecycle;
  readonly #transitions = new SerialQueue();
  readonly #failpoints: Failpoints;
  readonly #holds: Holds;
  readonly #pulses: GenerationPulses;
  readonly #living = new Set<Generation>();
  /** Made when somebody waits for it: the first of a process loads a part of Node.js that plugins at rest do not need. */
  #stopping: AbortController | undefined;
  #pace: EndPace | undefined;
  readonly #shortcomings = new Set<{ readonly reason: string }>();
  readonly #instances = new KeptInstances();
  #code: PluginCode;
  #generation: Generation | undefined;
  #generations = 0;
  #failure: unknown;
  #guardian: Guardian | undefined;
  #overseer: Overseer | undefined;
  #staged: Generation | undefined;

  constructor(options: ManagedPluginOptions) {
    this.name = options.name ?? options.manifest.plugin.name;
    this.#code = options;
    this.#options = options;
    this.#lifecycle = new Lifecycle(this.name);
    this.#failpoints = options.failpoints ?? new Failpoints();
    this.#holds = new Holds(this.name, options.clock);
    this.#pulses = new GenerationPulses(options.clock);
  }

  /** What is loaded, or would be. */
  get code(): PluginCode {
    return this.#code;
  }

  get manifest(): Manifest {
    return this.#code.manifest;
  }

  get folder(): string {
    return this.#code.folder;
  }

  get provides(): readonly string[] {
    return providedBy(this.#code.manifest);
  }

  get state(): LifecycleState {
    return this.#lifecycle.state;
  }

  /** How its calls went, where they are counted. */
  get tally(): CallTally | undefined {
    return this.#options.tally;
  }

  /** Why it is `failed`; cleared by the next activation. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The generation that calls go to; absent unless active, and while the plugin is held. */
  get generation(): Generation | undefined {
    return this.state === "active" && !this.#holds.isHeld ? this.#generation : undefined;
  }

  /** The generation that serves, also while its calls are held. */
  get serving(): Generation | undefined {
    return this.state === "active" ? this.#generation : undefined;
  }

  /** Why its calls wait just now, if they do. */
  get heldBecause(): string | undefined {
    return this.#holds.reason;
  }

  /** Keeps all calls waiting that do not come from one under way, until disposed. */
  hold(options: HoldOptions): Hold {
    return this.#holds.hold(options);
  }

  /** Its health says so, until disposed; its calls go on. */
  degrade(reason: string): Disposable {
    const shortcoming = { reason };
    this.#shortcomings.add(shortcoming);
    return { [Symbol.dispose]: () => void this.#shortcomings.delete(shortcoming) };
  }

  /** Resolves when its calls are not held. @throws HostError when too many wait for that. */
  untilFree(signal: AbortSignal): Promise<void> {
    return this.#holds.wait(signal);
  }

  /** Whether a call may pass although the plugin is held: somebody waits for it whom the hold waits for. */
  admits(call: CallContext): boolean {
    return this.#holds.isHeld && this.state === "active" && this.#generation?.inFlight.isCausing(call) === true;
  }

  /** Every later generation opens the instance as well, until disposed. */
  keep(instance: InstanceRequest, isDispensable = false): Disposable {
    return this.#instances.keep(instance, isDispensable);
  }

  onDidMove(listener: (move: LifecycleMove) => void): Disposable {
    return this.#lifecycle.onDidMove(listener);
  }

  /** Tells when a generation's event loop gives no answer, when it does again, and what cannot be ended. */
  onDidPulse(listener: (pulse: GenerationPulse) => void): Disposable {
    return this.#pulses.onDidPulse(listener);
  }

  /** Generations that were ended and run on all the same, in code that nothing can end. They get no calls. */
  get stuck(): readonly number[] {
    return this.#pulses.stuck;
  }

  /** Loads, initializes and starts; at once when active already. A failed plugin is tried afresh. */
  activate(signal: AbortSignal): Promise<Generation> {
    if (this.#holds.isHeld) return this.#holds.wait(signal).then(() => this.activate(signal));
    // The usual case needs no turn in the queue, unless a stop waits there.
    if (this.#transitions.size === 0 && this.state === "active" && this.#generation)
      return Promise.resolve(this.#generation);
    // Who waited in the queue for the end of it would learn no more.
    if (this.#stopping?.signal.aborted) return Promise.reject(this.#stopping.signal.reason as Error);
    return this.#turn(async () => {
      if (this.state === "active" && this.#generation) return this.#generation;
      if (this.state === "failed") this.#lifecycle.move("reset");
      return this.#activate(signal);
    });
  }

  /**
   * Loads what has ended once more, also while it is held, with all instances that were open. One of them that cannot be opened any more
   * says so to its next call.
   */
  reopen(signal: AbortSignal): Promise<void> {
    return this.#turn(async () => {
      if (this.state === "active") return;
      if (this.state === "failed") this.#lifecycle.move("reset");
      await this.#instances.reopenIn(await this.#activate(signal), signal);
    });
  }

  /**
   * The host stops: nothing is loaded any more, what is being loaded is given up, and what runs ends at that pace once it is told to.
   */
  beginStop(pace: EndPace): void {
    this.#pace = pace;
    this.#stopping ??= new AbortController();
    this.#stopping.abort(this.#hostIsStopping());
    for (const generation of this.#living) generation.keepPace(pace);
  }

  /** Ends whatever still runs of it, at once; who waits for its end then has it. */
  kill(): void {
    for (const { channel } of this.#living) void channel[Symbol.asyncDispose]();
  }

  /** Drains, stops, cleans up and drops the code. @returns what went wrong on the way; the plugin is unloaded all the same. */
  deactivate(): Promise<unknown[]> {
    return this.#turn(async () => {
      const generation = this.#generation;
      if (this.state !== "active" || !generation) return [];
      this.#lifecycle.move("stop");
      const failures = await generation.end(true);
      this.#generation = undefined;
      this.#lifecycle.move("unload");
      return failures;
    });
  }

  async describe(signal: AbortSignal): Promise<ContributionDescription[]> {
    return (await this.activate(signal)).channel.describe(signal);
  }

  async checkConfig(contribution: string, config: unknown, signal: AbortSignal): Promise<ConfigIssue[]> {
    return (await this.activate(signal)).channel.checkConfig(contribution, config, signal);
  }

  /**
   * Loads and starts another generation beside the one that serves, for `code`, with all instances that are open. Nothing reaches it before
   * {@link replace}; until then it is the caller's to {@link unstage}, also when this throws.
   */
  async stage(code: PluginCode, enter: EnterStep, signal: AbortSignal): Promise<Generation> {
    await enter("open");
    const needed = (): readonly InstanceRequest[] => this.#instances.neededOf(providedBy(code.manifest));
    const generation = await this.#open(code, { serves: false, instances: needed() }, signal);
    this.#staged = generation;
    await enter("handshake");
    await generation.describe(signal);
    await enter("initialize");
    await generation.begin(signal);
    for (const instance of needed()) await generation.openInstance(instance, signal);
    return generation;
  }

  /** The generation that is about to serve, for others that are replaced with it. */
  get staged(): Generation | undefined {
    return this.#staged;
  }

  /** Ends the generation that was staged, if it never came to serve. */
  async unstage(): Promise<void> {
    const generation = this.#staged;
    this.#staged = undefined;
    await generation?.end(true);
  }

  /** Closes what a generation that was put in place has open and nobody wants any more. */
  async tidy(generation: Generation): Promise<void> {
    await this.#instances.closeOthers(generation);
  }

  /**
   * Puts `next` in the place of `current`, and `code` with it. What was is the caller's to end, or to put back.
   *
   * @returns false when `current` does not serve any more; nothing has changed then.
   */
  replace(current: Generation, code: PluginCode, next: Generation): boolean {
    if (this.state !== "active" || this.#generation !== current) return false;
    this.#code = code;
    this.#generation = next;
    if (this.#staged === next) this.#staged = undefined;
    this.#watch(next);
    return true;
  }

  /** Takes other code for the next time it is loaded. @returns false, and nothing has changed, while a generation serves. */
  recode(code: PluginCode): Promise<boolean> {
    return this.#turn(() => {
      if (this.state === "active") return false;
      this.#code = code;
      return true;
    });
  }

  /** Who sees to it when the generation ends by itself. */
  guard(guardian: Guardian): Disposable {
    this.#guardian = guardian;
    return { [Symbol.dispose]: () => void (this.#guardian === guardian && (this.#guardian = undefined)) };
  }

  /** Who is told when it has ended by itself and no guardian sees to it. */
  oversee(overseer: Overseer): Disposable {
    this.#overseer = overseer;
    return { [Symbol.dispose]: () => void (this.#overseer === overseer && (this.#overseer = undefined)) };
  }

  /** A plugin that is not active has unknown health; one that fails to answer is unhealthy. */
  async health(signal: AbortSignal): Promise<HealthReport> {
    const generation = this.serving;
    if (!generation) return { health: this.state === "failed" ? "unhealthy" : "unknown" };
    // It would not answer that either.
    const silentMs = this.#pulses.silentMs(generation.number);
    if (silentMs !== undefined) return silentHealth(silentMs);
    const report = await generation.health(signal);
    const short = this.heldBecause ?? this.#shortcomings.values().next().value?.reason;
    return short === undefined || report.health === "unhealthy" ? report : { health: "degraded", message: short };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures = await this.deactivate();
    if (failures.length > 0) throw new AggregateError(failures, `Cannot stop plugin "${this.name}" cleanly`);
  }

  async #activate(given: AbortSignal): Promise<Generation> {
    this.#stopping ??= new AbortController();
    const signal = AbortSignal.any([given, this.#stopping.signal]);
    signal.throwIfAborted();
    this.#failure = undefined;
    let generation: Generation | undefined;
    try {
      generation = await this.#open(this.#code, { serves: true }, signal);
      this.#lifecycle.move("load");
      await this.#failpoints.visit("lifecycle.initialize");
      await generation.begin(signal);
      this.#lifecycle.move("activate");
      this.#generation = generation;
      this.#watch(generation);
      return generation;
    } catch (error) {
      await generation?.end(false);
      this.#recordFailure(error, signal);
      throw this.#failure;
    }
  }

  /** A plugin that ends by itself is `failed`, and what it held is given up at once; the next use tries it afresh. */
  #watch(generation: Generation): void {
    void generation.channel.exited.then(({ expected, reason, kind }) => {
      const isOurs = !expected && this.#generation === generation;
      if (isOurs && !this.#guardian?.onExit(generation, reason))
        void this.#abandon(generation, { generation, reason, kind: kind ?? "crash" });
    });
  }

  /** Gives up a generation that is gone, and its code for `code`: the plugin has failed. */
  abandon(generation: Generation, reason: string, code: PluginCode): Promise<void> {
    return this.#abandon(generation, { reason, kind: "crash" }, code);
  }

  #abandon(generation: Generation, end: PluginEnd, code?: PluginCode): Promise<void> {
    const { reason } = end;
    const isOurs = this.state === "active" && this.#generation === generation;
    const next = isOurs ? this.#overseer?.onEnded(end) : undefined;
    return this.#turn(async () => {
      if (this.state !== "active" || this.#generation !== generation) return;
      this.#generation = undefined;
      if (code) this.#code = code;
      if (next === "unloaded") {
        this.#lifecycle.move("stop");
        this.#lifecycle.move("unload");
      } else {
        this.#failure = new HostError("PLUGIN_FAILED", `Plugin "${this.name}" ended by itself: ${reason}`);
        this.#lifecycle.move("fail");
      }
      await generation.drop();
    });
  }

  /** A caller that gave up is no failure of the plugin: it goes back to where it was. */
  #recordFailure(error: unknown, signal: AbortSignal): void {
    this.#failure = isHostError(error) || signal.aborted ? error : this.#wrap(error);
    if (this.state === "unloaded") this.#lifecycle.move("load");
    this.#lifecycle.move(signal.aborted ? "unload" : "fail");
  }

  #wrap(error: unknown): HostError {
    return new HostError("PLUGIN_FAILED", `Cannot start plugin "${this.name}": ${errorMessage(error)}`, {
      cause: error,
    });
  }

  async #open(
    code: PluginCode,
    as: Pick<GenerationToOpen, "serves" | "instances">,
    given: AbortSignal,
  ): Promise<Generation> {
    const { clock, hostVersion, tally } = this.#options;
    this.#stopping ??= new AbortController();
    const signal = AbortSignal.any([given, this.#stopping.signal]);
    const onPulse = (pulse: GenerationPulse): void => this.#pulses.hear(pulse);
    const number = ++this.#generations;
    const generation = await openGeneration({ code, number, ...as, clock, hostVersion, tally, onPulse }, signal);
    this.#living.add(generation);
    void generation.channel.exited.then(() => this.#living.delete(generation));
    if (this.#pace) generation.keepPace(this.#pace);
    return generation;
  }

  /** Does `task` when all transitions before it are over. */
  #turn<T>(task: () => T | Promise<T>): Promise<T> {
    const { scope } = this.#options;
    return scope ? scope.leave(() => this.#transitions.run(task)) : this.#transitions.run(task);
  }

  #hostIsStopping(): HostError {
    return new HostError("HOST_STOPPING", `Cannot use plugin "${this.name}": the host is stopping`);
  }
}

function silentHealth(silentMs: number): HealthReport {
  return { health: "degraded", message: `its event loop has not answered for ${Math.round(silentMs / 1_000)} s` };
}
