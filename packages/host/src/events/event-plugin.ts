import { randomUUID } from "node:crypto";
import { type Clock, errorMessage, runWithin } from "@berth/base";
import { type BusEvent, type ContributionId, HostError, isHostError, subjectCovers } from "@berth/contract";
import type { BusSubscription, EventBus } from "@berth/kernel/events";
import { ManagedInstance, type ManagedPlugin } from "@berth/kernel/lifecycle";
import type { Log } from "../log/index.ts";
import { FailureNotes } from "./failure-notes.ts";

/** What an {@link EventPlugin} needs of the host. */
export interface EventPluginOptions {
  events: EventBus;
  clock: Clock;
  log: Pick<Log, "debug" | "error">;
  /** The subjects a loaded plugin was granted to hear. */
  grantedTo: (plugin: string) => readonly string[];
  permissionsOf: (caller: string) => readonly string[];
}

/** What became of the events for one contribution. */
export interface EventCounts {
  plugin: string;
  contribution: string;
  handled: number;
  failed: number;
  /** Not shown to it, because it could not be loaded just then. */
  skipped: number;
  /** Lost because it was too slow. */
  dropped: number;
}

/** Longer than any reaction should take; one that hangs holds back only what comes after it. */
const HANDLE_LIMIT_MS = 30_000;
/** How long a plugin that could not be loaded, or failed, is left alone; doubled each time. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Nobody's fault: it is as the operator wants it. */
const AS_WANTED: ReadonlySet<unknown> = new Set(["PLUGIN_DISABLED", "GRANT_PENDING", "CALL_CANCELLED"]);

/**
 * One `event` contribution: shows it every event that its plugin asked for and was granted, one after the other. The first of them
 * loads the plugin, so one that nothing happens for costs a subscription.
 */
export class EventPlugin implements AsyncDisposable {
  readonly patterns: readonly string[];
  readonly #plugin: ManagedPlugin;
  readonly #contribution: ContributionId;
  readonly #options: EventPluginOptions;
  readonly #instance: ManagedInstance;
  readonly #subscription: BusSubscription;
  readonly #over = new AbortController();
  readonly #notes: FailureNotes;
  #handled = 0;
  #failed = 0;
  #skipped = 0;
  #notBeforeMs = -Infinity;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(plugin: ManagedPlugin, contribution: ContributionId, options: EventPluginOptions) {
    this.#plugin = plugin;
    this.#contribution = contribution;
    this.#options = options;
    this.#notes = new FailureNotes(options.clock, (message) => options.log.error(message, { plugin: plugin.name }));
    this.#instance = new ManagedInstance({ plugin, contribution, instanceId: contribution, config: {} });
    this.patterns = patternsOf(plugin);
    const [pattern = "", ...further] = this.patterns;
    this.#subscription = options.events.subscribe({ owner: `plugin/${plugin.name}`, pattern, further }, (event) =>
      this.#take(event),
    );
  }

  get counts(): EventCounts {
    return {
      plugin: this.#plugin.name,
      contribution: this.#contribution,
      handled: this.#handled,
      failed: this.#failed,
      skipped: this.#skipped,
      dropped: this.#subscription.dropped,
    };
  }

  /** Makes its instance before the first event. */
  open(signal: AbortSignal): Promise<void> {
    return this.#instance.open(signal);
  }

  /** Resolves when all that came has been handled. */
  idle(): Promise<void> {
    return this.#subscription.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    this.#over.abort(new HostError("CALL_CANCELLED", "The call was cancelled: no more events are handled"));
    await this.#instance[Symbol.asyncDispose]();
  }

  async #take(event: BusEvent): Promise<void> {
    if (!this.#plugin.serving && !this.#mayLoad(event)) {
      this.#skipped++;
      return;
    }
    try {
      if (await this.#handle(event)) this.#handled++;
      this.#pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      this.#fail(event, error);
    }
  }

  /** What is said of a plugin that is not there does not bring it back: its own failure would load it again and again. */
  #mayLoad({ from, data }: BusEvent): boolean {
    if (from === "host" && (data as { plugin?: unknown } | null)?.plugin === this.#plugin.name) return false;
    return this.#options.clock.monotonicMs() >= this.#notBeforeMs;
  }

  async #handle({ subject, data, from, dropped }: BusEvent): Promise<boolean> {
    const { clock, permissionsOf } = this.#options;
    const deadline = clock.now() + HANDLE_LIMIT_MS;
    const onTimeout = (): HostError =>
      new HostError("CALL_DEADLINE_EXCEEDED", `it was not done within ${HANDLE_LIMIT_MS / 1_000} s`);
    return runWithin({ clock, limitMs: HANDLE_LIMIT_MS, signal: this.#over.signal, onTimeout }, async (signal) => {
      await this.#instance.open(signal);
      // Known only now: what is granted is asked for when the code is loaded.
      if (!this.#options.grantedTo(this.#plugin.name).some((granted) => subjectCovers(granted, subject))) return false;
      const event: BusEvent = { subject, data: structuredClone(data), from, ...(dropped ? { dropped } : {}) };
      const correlationId = randomUUID();
      const call = { signal, deadline, attempt: 1, caller: from, permissions: permissionsOf(from), correlationId };
      await this.#instance.method("handle")([event], call);
      return true;
    });
  }

  #fail({ subject }: BusEvent, error: unknown): void {
    this.#failed++;
    if (!this.#plugin.serving) {
      this.#notBeforeMs = this.#options.clock.monotonicMs() + this.#pauseMs;
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    }
    const message = `Plugin "${this.#plugin.name}" failed on ${subject} (${this.#contribution}): ${errorMessage(error)}`;
    if (isHostError(error) && AS_WANTED.has(error.code))
      this.#options.log.debug(message, { plugin: this.#plugin.name });
    else this.#notes.tell(message);
  }
}

/** What the manifest asks to hear: known before the code is loaded. */
export function patternsOf(plugin: ManagedPlugin): readonly string[] {
  return plugin.manifest.permissions.events?.subscribe ?? [];
}
