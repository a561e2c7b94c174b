import { type Clock, errorMessage, Failpoints, runWithin, SerialQueue } from "@berth/base";
import {
  type ConfigIssue,
  type ContributionDescription,
  type HealthReport,
  HostError,
  isHostError,
  type LifecycleState,
  type Manifest,
} from "@berth/contract";
import type { OpenRequest, Runner } from "../runner.ts";
import { assertVersionsFit } from "./assert-versions-fit.ts";
import { CapabilityPool } from "./capability-pool.ts";
import { Generation } from "./generation.ts";
import { Lifecycle, type LifecycleMove } from "./lifecycle.ts";
import type { PreparedRun } from "./prepared-run.ts";

/** What {@link ManagedPlugin} needs of the host. */
export interface ManagedPluginOptions {
  manifest: Manifest;
  folder: string;
  /** What the manifest's `dependencies.host` is held against. */
  hostVersion: string;
  runner: Runner;
  clock: Clock;
  /** Called when the code is loaded, so that a plugin nobody uses costs nothing. */
  prepare(signal: AbortSignal): Promise<PreparedRun>;
  failpoints?: Failpoints;
}

/**
 * One plugin in a host: its state, its current generation, and the queue that keeps its transitions apart. Code is loaded by
 * the first {@link activate}.
 */
export class ManagedPlugin implements AsyncDisposable {
  readonly name: string;
  readonly manifest: Manifest;
  readonly folder: string;
  readonly provides: readonly string[];
  readonly #options: ManagedPluginOptions;
  readonly #lifecycle: Lifecycle;
  readonly #transitions = new SerialQueue();
  readonly #failpoints: Failpoints;
  #generation: Generation | undefined;
  #generations = 0;
  #failure: unknown;

  constructor(options: ManagedPluginOptions) {
    this.name = options.manifest.plugin.name;
    this.manifest = options.manifest;
    this.folder = options.folder;
    this.provides = Object.entries(options.manifest.provides).flatMap(([kind, names]) =>
      (names ?? []).map((name) => `${kind}/${name}`),
    );
    this.#options = options;
    this.#lifecycle = new Lifecycle(this.name);
    this.#failpoints = options.failpoints ?? new Failpoints();
  }

  get state(): LifecycleState {
    return this.#lifecycle.state;
  }

  /** Why it is `failed`; cleared by the next activation. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The generation that serves; absent unless active. */
  get generation(): Generation | undefined {
    return this.state === "active" ? this.#generation : undefined;
  }

  onDidMove(listener: (move: LifecycleMove) => void): Disposable {
    return this.#lifecycle.onDidMove(listener);
  }

  /** Loads, initializes and starts; at once when active already. A failed plugin is tried afresh. */
  activate(signal: AbortSignal): Promise<Generation> {
    // The usual case needs no turn in the queue, unless a stop waits there.
    if (this.#transitions.size === 0 && this.state === "active" && this.#generation)
      return Promise.resolve(this.#generation);
    return this.#transitions.run(async () => {
      if (this.state === "active" && this.#generation) return this.#generation;
      if (this.state === "failed") this.#lifecycle.move("reset");
      return this.#activate(signal);
    });
  }

  /** Drains, stops, cleans up and drops the code. @returns what went wrong on the way; the plugin is unloaded all the same. */
  deactivate(): Promise<unknown[]> {
    return this.#transitions.run(async () => {
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

  /** A plugin that is not active has unknown health; one that fails to answer is unhealthy. */
  async health(signal: AbortSignal): Promise<HealthReport> {
    const generation = this.generation;
    if (!generation) return { health: this.state === "failed" ? "unhealthy" : "unknown" };
    try {
      return await runWithin(
        {
          clock: this.#options.clock,
          limitMs: HEALTH_LIMIT_MS,
          signal,
          onTimeout: () =>
            new HostError("CALL_DEADLINE_EXCEEDED", `Plugin "${this.name}" did not answer its health check`),
        },
        (within) => generation.channel.health(within),
      );
    } catch (error) {
      return { health: "unhealthy", message: errorMessage(error).slice(0, 1_000) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures = await this.deactivate();
    if (failures.length > 0) throw new AggregateError(failures, `Cannot stop plugin "${this.name}" cleanly`);
  }

  async #activate(signal: AbortSignal): Promise<Generation> {
    this.#failure = undefined;
    let generation: Generation | undefined;
    try {
      generation = await this.#open(signal);
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
    void generation.channel.exited.then(async ({ expected, reason }) => {
      if (expected || this.#generation !== generation) return;
      await this.#transitions.run(async () => {
        if (this.state !== "active" || this.#generation !== generation) return;
        this.#generation = undefined;
        this.#failure = new HostError("PLUGIN_FAILED", `Plugin "${this.name}" ended by itself: ${reason}`);
        this.#lifecycle.move("fail");
        await generation.drop();
      });
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

  async #open(signal: AbortSignal): Promise<Generation> {
    const { runner, clock, manifest, folder, hostVersion } = this.#options;
    await assertVersionsFit(manifest, { host: hostVersion, node: process.versions.node });
    const generation = ++this.#generations;
    const { name, version } = manifest.plugin;
    await using opened = new AsyncDisposableStack();
    const { makeCapabilities, generationLimits: limits, ...prepared } = await this.#options.prepare(signal);
    const pool = opened.use(new CapabilityPool(makeCapabilities));
    const request: OpenRequest = {
      ...prepared,
      identity: { name, version, provides: this.provides },
      manifest,
      folder,
      generation,
      capabilities: (instanceId) => pool.of(instanceId),
      now: () => clock.now(),
    };
    const { startTimeoutMs: limitMs } = limits;
    const onTimeout = (): Error => {
      prepared.onLimit({ limit: "start_timeout_ms", allowed: limitMs, used: limitMs, action: "ended" });
      return new HostError(
        "CALL_DEADLINE_EXCEEDED",
        `Cannot load plugin "${name}": it took longer than ${limitMs / 1_000} s`,
      );
    };
    const within = { clock, limitMs, signal, onTimeout };
    const channel = await runWithin(within, (withinSignal) => runner.open(request, withinSignal));
    // From here on the generation owns both.
    opened.move();
    const { onLimit } = prepared;
    return new Generation({ plugin: name, number: generation, channel, capabilities: pool, clock, limits, onLimit });
  }
}

/** A health check is asked often and must not pile up. */
const HEALTH_LIMIT_MS = 5_000;
