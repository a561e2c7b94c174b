import { type Clock, errorMessage, runWithin } from "@berth/base";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import type { SpanSink } from "./span-sink.ts";
import type { TraceSettings } from "./trace-settings.ts";

/** What {@link SpanQueue} needs. */
export interface SpanQueueOptions extends Pick<TraceSettings, "queue" | "batch" | "delayMs" | "timeoutMs"> {
  sink: SpanSink;
  clock: Clock;
  /** Hides secrets and control characters in what came from elsewhere; called for each text, off the way of calls. */
  clean: (text: string) => string;
  log: (level: "info" | "warn", message: string) => void;
}

/** What became of spans. */
export interface SpanCounts {
  sent: number;
  /** Not taken into a full queue. */
  dropped: number;
  /** In batches that the collector did not take. */
  failed: number;
  waiting: number;
}

const SAMPLED = 1;
/** An exporter that watches the time itself is given a moment more. */
const LATE_MS = 1_000;

/**
 * Finished spans on their way out: bounded in number, sent in batches, one at a time. A collector that is slow or gone costs spans, and
 * nothing else: that is said once when it begins and once when it is over, with how many were lost.
 */
export class SpanQueue implements SpanProcessor {
  readonly #options: SpanQueueOptions;
  readonly #waiting: ReadableSpan[] = [];
  readonly #counts = { sent: 0, dropped: 0, failed: 0 };
  readonly #over = new AbortController();
  #timer: Disposable | undefined;
  #sending: Promise<void> | undefined;
  /** Lost since the collector answered last; absent: all is well. */
  #episode: { lost: number } | undefined;
  #isFull = false;
  #onTheirWay = 0;

  constructor(options: SpanQueueOptions) {
    this.#options = options;
  }

  get counts(): SpanCounts {
    return { ...this.#counts, waiting: this.#waiting.length };
  }

  onStart(): void {
    // A span counts when it has ended.
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & SAMPLED) === 0 || this.#over.signal.aborted) return;
    const { queue, batch, delayMs, clock } = this.#options;
    if (this.#waiting.length >= queue) return this.#drop();
    this.#waiting.push(span);
    if (this.#waiting.length >= batch) this.#sendSoon();
    else this.#timer ??= clock.setTimer(() => this.#sendSoon(), delayMs);
  }

  /** Sends all that waits; never rejects. */
  async forceFlush(): Promise<void> {
    while (this.#sending !== undefined || this.#waiting.length > 0) {
      this.#sendSoon();
      await this.#sending;
      if (this.#over.signal.aborted) return;
    }
  }

  /** Sends what waits, within `limitMs`; what is left then is lost, and said. */
  async close(limitMs: number): Promise<void> {
    const { clock, sink, log } = this.#options;
    const onTimeout = (): Error => new Error("the time is over");
    await runWithin({ clock, limitMs, onTimeout }, () => this.forceFlush()).catch(() => undefined);
    const left = this.#waiting.splice(0).length + this.#onTheirWay;
    this.#over.abort(new Error("the host stops"));
    this.#timer?.[Symbol.dispose]();
    this.#counts.dropped += left;
    if (left > 0) log("warn", `${left} spans were not sent to ${sink.name} before the host stopped`);
    await runWithin({ clock, limitMs: LATE_MS, onTimeout }, () => sink.close()).catch(() => undefined);
  }

  shutdown(): Promise<void> {
    return this.close(LATE_MS);
  }

  #drop(): void {
    this.#counts.dropped++;
    if (this.#episode !== undefined) this.#episode.lost++;
    if (this.#isFull) return;
    this.#isFull = true;
    const { log, queue, sink } = this.#options;
    log("warn", `Spans are lost: ${queue} wait for ${sink.name} already`);
  }

  #sendSoon(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(): Promise<void> {
    const { batch, sink, clock, timeoutMs } = this.#options;
    const { signal } = this.#over;
    const onTimeout = (): Error => new Error(`no answer within ${timeoutMs / 1_000} s`);
    while (this.#waiting.length > 0 && !signal.aborted) {
      const spans = this.#waiting.splice(0, batch);
      this.#onTheirWay = spans.length;
      try {
        for (const span of spans) this.#clean(span);
        await runWithin({ clock, limitMs: timeoutMs + LATE_MS, signal, onTimeout }, (within) =>
          sink.send(spans, within),
        );
        this.#sent(spans.length);
      } catch (error) {
        // Whoever closes the queue has counted them.
        if (signal.aborted) return;
        this.#failed(spans.length, error);
        // The rest waits its time, as if it had just come: a collector that is gone is not asked again at once.
        this.#timer ??= clock.setTimer(() => this.#sendSoon(), this.#options.delayMs);
        return;
      } finally {
        this.#onTheirWay = 0;
      }
    }
  }

  #sent(count: number): void {
    this.#counts.sent += count;
    this.#isFull = false;
    if (this.#episode === undefined) return;
    this.#options.log("info", `Spans go to ${this.#options.sink.name} again; ${this.#episode.lost} were lost`);
    this.#episode = undefined;
  }

  #failed(count: number, error: unknown): void {
    this.#counts.failed += count;
    if (this.#episode === undefined) {
      const { log, sink, clean } = this.#options;
      log("warn", `Cannot send spans to ${sink.name}: ${clean(reasonOf(error))}; they are lost until it answers`);
      this.#episode = { lost: 0 };
    }
    this.#episode.lost += count;
  }

  /** The attributes are the span's own object, and nobody changes them after the end. */
  #clean({ attributes, events, status }: ReadableSpan): void {
    const { clean } = this.#options;
    for (const held of [attributes, ...events.map((event) => event.attributes ?? {})]) {
      for (const [name, value] of Object.entries(held)) if (typeof value === "string") held[name] = clean(value);
    }
    if (status.message !== undefined) status.message = clean(status.message);
  }
}

/** `fetch` says no more than that it failed, and has the reason as its cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const first = errorMessage(error);
  return cause === undefined ? first : `${first}: ${errorMessage(cause)}`;
}
