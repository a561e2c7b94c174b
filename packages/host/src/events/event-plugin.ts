import { randomUUID } from "node:crypto";
import { errorMessage } from "@berth/base";
import {
  type BusEvent,
  type CallContext,
  type ContributionId,
  HostError,
  isHostError,
  subjectCovers,
} from "@berth/contract";
import { composeEndpoint, type Endpoint } from "@berth/kernel/calls";
import type { BusSubscription, EventBus } from "@berth/kernel/events";
import { ManagedInstance, type ManagedPlugin } from "@berth/kernel/lifecycle";
import type { EndpointSurroundings } from "../calls/plugin-endpoint.ts";
import type { Log } from "../log/index.ts";
import { FailureNotes } from "./failure-notes.ts";

/** What an {@link EventPlugin} needs of the host. */
export interface EventPluginOptions extends EndpointSurroundings {
  events: EventBus;
  log: Pick<Log, "debug" | "error">;
  /** The subjects a loaded plugin was granted to hear. */
  grantedTo: (plugin: string) => readonly string[];
}

/** What became of the events for one contribution. */
export interface EventCounts {
  plugin: string;
  contribution: string;
  handled: number;
  failed: number;
  /** Not shown to it, because it could not be loaded just then, or was left alone since it kept failing. */
  skipped: number;
  /** Lost because it was too slow. */
  dropped: number;
}

/** Those by which it is left alone on purpose. */
const LEFT_ALONE: ReadonlySet<unknown> = new Set(["CALL_BREAKER_OPEN", "CALL_RATE_EXCEEDED"]);
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
  /** Whether the plugin was granted to hear the event, and so has handled it. */
  readonly #endpoint: Endpoint<BusEvent, boolean>;
  readonly #kept: Disposable;
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
    this.#instance = new ManagedInstance({
      plugin,
      contribution,
      instanceId: contribution,
      config: {},
      isDispensable: true,
    });
    const { clock, wheel, policies, permissionsOf, tracing } = options;
    const said = policies.of(plugin, contribution);
    this.#endpoint = composeEndpoint<BusEvent, boolean>({
      name: contribution,
      invoke: (event, call) => this.#handle(event, call),
      clock,
      wheel,
      permissionsOf,
      policy: said.policy,
      budget: said.budget,
      isIdempotent: (event) => said.isIdempotent("handle", [event]),
      tracing: tracing<BusEvent>(),
    });
    this.#kept = said.keep(this.#endpoint);
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
    this.#kept[Symbol.dispose]();
    this.#over.abort(new HostError("CALL_CANCELLED", "The call was cancelled: no more events are handled"));
    await this.#instance[Symbol.asyncDispose]();
  }

  async #take(event: BusEvent): Promise<void> {
    if (!this.#plugin.serving && !this.#mayLoad(event)) {
      this.#skipped++;
      return;
    }
    try {
      const call = { signal: this.#over.signal, caller: event.from, correlationId: randomUUID() };
      if (await this.#endpoint.call(event, call)) this.#handled++;
      this.#pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      if (isHostError(error) && LEFT_ALONE.has(error.code)) this.#skipped++;
      else this.#fail(event, error);
    }
  }

  /** What is said of a plugin that is not there does not bring it back: its own failure would load it again and again. */
  #mayLoad({ from, data }: BusEvent): boolean {
    if (from === "host" && (data as { plugin?: unknown } | null)?.plugin === this.#plugin.name) return false;
    return this.#options.clock.monotonicMs() >= this.#notBeforeMs;
  }

  async #handle({ subject, data, from, dropped }: BusEvent, call: CallContext): Promise<boolean> {
    await this.#instance.open(call.signal);
    // Known only now: what is granted is asked for when the code is loaded.
    if (!this.#options.grantedTo(this.#plugin.name).some((granted) => subjectCovers(granted, subject))) return false;
    const event: BusEvent = { subject, data: structuredClone(data), from, ...(dropped ? { dropped } : {}) };
    await this.#instance.method("handle")([event], call);
    return true;
  }

  #fail({ subject }: BusEvent, error: unknown): void {
    this.#failed++;
    if (!this.#plugin.serving) {
      this.#notBeforeMs = this.#options.clock.monotonicMs() + this.#pauseMs;
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    }
    // What the endpoint makes of a plain error names the contribution once more.
    const thrown = isHostError(error) && error.code === "PLUGIN_FAILED" ? (error.cause ?? error) : error;
    const message = `Plugin "${this.#plugin.name}" failed on ${subject} (${this.#contribution}): ${errorMessage(thrown)}`;
    if (isHostError(error) && AS_WANTED.has(error.code))
      this.#options.log.debug(message, { plugin: this.#plugin.name });
    else this.#notes.tell(message);
  }
}

/** What the manifest asks to hear: known before the code is loaded. */
export function patternsOf(plugin: ManagedPlugin): readonly string[] {
  return plugin.manifest.permissions.events?.subscribe ?? [];
}
