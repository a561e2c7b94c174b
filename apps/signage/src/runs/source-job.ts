import { randomUUID } from "node:crypto";
import { type Clock, errorMessage } from "@berth/base";
import { type CallContext, HostError, isHostError, type SignageContent } from "@berth/contract";
import type { Host, ManagedInstance } from "@berth/host";
import {
  type BreakerState,
  composeEndpoint,
  type ContributionPolicies,
  type DeadlineWheel,
  Declined,
  type Endpoint,
  type Outcome,
} from "@berth/kernel/calls";
import type { Storage } from "@berth/storage";
import { maskStrings } from "../content/mask-strings.ts";
import { parseContent } from "../content/parse-content.ts";
import { runInSpan } from "./run-span.ts";
import type { Draw, SourceRun } from "./source-run.ts";

/** What {@link SourceJob} is made of. */
export interface SourceJobOptions {
  id: string;
  type: string;
  instance: ManagedInstance;
  /** What is said of its calls, by plugin, operator and its own entry. */
  policies: Pick<ContributionPolicies, "policy" | "keep"> & Partial<ContributionPolicies>;
  storage: Pick<Storage, "breakers" | "cache">;
  clock: Clock;
  wheel: DeadlineWheel;
  /** What a caller may ask of plugins. */
  permissionsOf: (caller: string) => readonly string[];
  draw: Draw;
  /** For which run the host is at work, and the spans of that. */
  telemetry?: Host["telemetry"];
  /** Takes secrets out of whatever is kept, shown or told. */
  mask: (text: string) => string;
  onError: (error: unknown) => void;
  /** Hears when it is left alone because it fails, and when it is not any more. */
  onBreakerChange?: (state: BreakerState) => void;
}

/** Why a run is made. */
export interface RunRequest {
  signal: AbortSignal;
  trigger: string;
  slot?: number;
}

/** Under what the storage keeps the content and the breaker of a source. */
export function cacheKey({ id, type }: { id: string; type: string }): string {
  return `signage/${type}/${id}`; // An id may be given to another kind of source, whose content is not this one's.
}

/** One configured source: fetch under its policies, draw, and say what came of it. A run never rejects. */
export class SourceJob implements Disposable {
  readonly id: string;
  readonly type: string;
  readonly #options: SourceJobOptions;
  readonly #endpoint: Endpoint<undefined, SignageContent | Declined>;
  readonly #cacheKey: string;
  readonly #kept: Disposable;
  #cachedAt: number | undefined;

  constructor(options: SourceJobOptions) {
    this.id = options.id;
    this.type = options.type;
    this.#options = options;
    this.#cacheKey = cacheKey(options);
    this.#cachedAt = options.storage.cache.get(this.#cacheKey)?.storedAt;
    this.#endpoint = this.#composeEndpoint();
    this.#kept = options.policies.keep(this.#endpoint);
  }

  [Symbol.dispose](): void {
    this.#kept[Symbol.dispose]();
  }

  /** For whoever counts. */
  get endpoint(): Pick<Endpoint<undefined, unknown>, "name"> {
    return this.#endpoint;
  }

  get breakerState(): BreakerState {
    return this.#endpoint.breakerState;
  }

  /** When the content that could stand in was fetched, milliseconds since 1970. */
  get cachedAt(): number | undefined {
    return this.#cachedAt;
  }

  /** The content that a failed fetch may fall back to. */
  get cached(): { content: SignageContent; fetchedAt: number } | undefined {
    const kept = this.#options.storage.cache.get(this.#cacheKey);
    if (!kept) return undefined;
    try {
      return { content: parseContent(this.id, kept.value), fetchedAt: kept.storedAt };
    } catch {
      return undefined; // Written by another version with another content model: as good as none.
    }
  }

  run(request: RunRequest): Promise<SourceRun> {
    const correlationId = randomUUID();
    const { id, type } = this;
    const facts = { id, type, trigger: request.trigger, correlationId };
    return runInSpan(this.#options.telemetry, facts, () => this.#run(request, correlationId));
  }

  async #run({ signal, trigger, slot }: RunRequest, correlationId: string): Promise<SourceRun> {
    const { clock } = this.#options;
    const startedAt = clock.now();
    const startedMs = clock.monotonicMs();
    const outcome = await this.#endpoint.run(undefined, { signal, caller: "app/signage", correlationId });
    const drawn = await this.#draw(outcome, signal);
    return {
      id: this.id,
      type: this.type,
      trigger,
      ...(slot === undefined ? {} : { slot }),
      startedAt,
      completedAt: clock.now(),
      durationMs: clock.monotonicMs() - startedMs,
      attempts: outcome.attempts,
      correlationId,
      ...drawn,
    };
  }

  #composeEndpoint(): Endpoint<undefined, SignageContent | Declined> {
    const { id, type, policies, storage, clock, wheel, permissionsOf, onError } = this.#options;
    const key = this.#cacheKey;
    const stored = storage.breakers.load<BreakerState>(key);
    return composeEndpoint<undefined, SignageContent | Declined>({
      name: `source/${type} (${id})`,
      invoke: (_input, call) => this.#fetch(call),
      clock,
      wheel,
      permissionsOf,
      policy: policies.policy,
      budget: policies.budget,
      isIdempotent: () => policies.isIdempotent?.("fetch", []) ?? true,
      tracing: this.#options.telemetry?.callTracing(() => ({ name: `fetch source/${type}` })),
      ...(stored ? { breakerState: stored } : {}),
      cache: {
        read: () => {
          const kept = this.cached;
          return kept && { value: kept.content, storedAt: kept.fetchedAt };
        },
        write: async (_input, { value, storedAt }) => {
          await storage.cache.put(this.#cacheKey, value as never, storedAt);
          this.#cachedAt = storedAt;
        },
      },
      hooks: {
        onBreakerChange: (state) => {
          this.#options.onBreakerChange?.(state);
          void storage.breakers.save(key, { ...state }).catch(onError);
        },
        onHookError: onError,
      },
    });
  }

  /** One attempt. What the plugin returns is nothing until it was checked. */
  async #fetch(call: CallContext): Promise<SignageContent | Declined> {
    const { instance } = this.#options;
    const answer = await instance.method("fetch")([], call);
    if (answer === undefined || answer === null) {
      throw new HostError("PLUGIN_FAILED", `Source "${this.id}" returned no data`);
    }
    const content = maskStrings(parseContent(this.id, answer), this.#options.mask);
    if (!instance.has("shouldRender")) return content;
    const isWanted = await instance.method("shouldRender")([content, this.cached?.content], call);
    return isWanted === false ? new Declined("the source declined to render") : content;
  }

  async #draw(
    outcome: Outcome<SignageContent>,
    signal: AbortSignal,
  ): Promise<Pick<SourceRun, "outcome" | "error" | "dataPoints" | "ageMs" | "pictures">> {
    if (outcome.kind === "declined") return { outcome: "skipped", dataPoints: 0, pictures: [] };
    if (outcome.kind === "failed") return { ...this.#failure(outcome.error, signal), dataPoints: 0, pictures: [] };
    const isStale = outcome.kind === "cached";
    const content = outcome.value;
    const facts = {
      dataPoints: content.lines.length,
      ...(isStale ? { error: this.#describe(outcome.error), ageMs: outcome.ageMs } : {}),
    };
    try {
      const drawable = isStale
        ? { content, fetchedAt: outcome.storedAt, staleForMs: outcome.ageMs }
        : { content, fetchedAt: this.#options.clock.now() };
      const pictures = await this.#options.draw(drawable, signal);
      return { outcome: isStale ? "cached" : "success", ...facts, pictures };
    } catch (error) {
      return { ...facts, ...this.#failure(error, signal), pictures: [] };
    }
  }

  /** A run that was cut short says nothing about the source. */
  #failure(error: unknown, signal: AbortSignal): Pick<SourceRun, "outcome" | "error"> {
    if (!signal.aborted) return { outcome: "failed", error: this.#describe(error) };
    return { outcome: "skipped", error: { code: "CALL_CANCELLED", message: `The run of "${this.id}" was cut short` } };
  }

  #describe(error: unknown): NonNullable<SourceRun["error"]> {
    const message = this.#options.mask(errorMessage(error));
    return { code: isHostError(error) ? error.code : "RENDER_FAILED", message };
  }
}
