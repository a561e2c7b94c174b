import { createHmac } from "node:crypto";
import { type Clock, errorMessage, type JsonObject, runWithin, sleep } from "@berth/base";
import type { Log } from "../log/index.ts";
import type { AlertNews } from "./alert-desk.ts";

/** What {@link AlertWebhook} needs. */
export interface AlertWebhookOptions {
  url: string;
  timeoutMs: number;
  attempts: number;
  /** The key by which messages are signed; absent: they are not. */
  key?: string | undefined;
  /** Who tells. */
  from: JsonObject;
  clock: Clock;
  log: Log;
  /** Hides what must not be told. */
  mask: (text: string) => string;
  /** The pauses between attempts; the last repeats. */
  pausesMs?: readonly number[];
  /** From 0 to 1, as `Math.random`. */
  random?: () => number;
}

/** News that wait while the server does not answer; what is older then is dropped, and that is told. */
const MOST_WAITING = 1_000;
/** In one message. */
const MOST_IN_ONE = 100;
/** A server that is started again takes seconds, one that is mended minutes. */
const PAUSES_MS: readonly number[] = [1_000, 4_000, 16_000, 60_000];
/** What a server may ask for by `Retry-After`, at most. */
const LONGEST_PAUSE_MS = 60_000;
/** What is under way when the host ends may take so long yet. */
const LAST_WORDS_MS = 1_000;
/** Another time these may be taken; the rest is the sender's fault. */
const PASSING = new Set([408, 425, 429]);

/**
 * Posts alerts to a server, in order, one message at a time. Nobody waits for it: what cannot be told within the attempts is dropped, said
 * in the log, and counted.
 */
export class AlertWebhook implements AsyncDisposable {
  readonly #options: AlertWebhookOptions;
  readonly #over = new AbortController();
  readonly #random: () => number;
  #waiting: AlertNews[] = [];
  #sending: Promise<void> | undefined;
  #delivered = 0;
  #dropped = 0;

  constructor(options: AlertWebhookOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** What became of the news so far. */
  get counts(): { delivered: number; dropped: number; waiting: number } {
    return { delivered: this.#delivered, dropped: this.#dropped, waiting: this.#waiting.length };
  }

  /** Takes the news and goes on at once. */
  tell(news: readonly AlertNews[]): void {
    if (this.#over.signal.aborted) return;
    this.#waiting.push(...news);
    const tooMany = this.#waiting.length - MOST_WAITING;
    if (tooMany > 0) this.#drop(this.#waiting.splice(0, tooMany), `${MOST_WAITING} wait already`);
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const late = new AbortController();
    const patience = sleep(this.#options.clock, LAST_WORDS_MS, late.signal).catch(() => undefined);
    await Promise.race([this.#sending, patience]);
    late.abort();
    this.#over.abort(new Error("the host is ending"));
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_IN_ONE);
      try {
        await this.#deliver(batch);
        this.#delivered += batch.length;
      } catch (error) {
        this.#drop(batch, errorMessage(error));
      }
    }
    this.#sending = undefined;
  }

  async #deliver(batch: readonly AlertNews[]): Promise<void> {
    const { clock, attempts, from, mask, pausesMs = PAUSES_MS } = this.#options;
    const body = mask(JSON.stringify({ version: 1, from, alerts: batch.map(newsView) }));
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#post(body);
      if (!failure) return;
      if (!failure.mayPass || attempt >= attempts || this.#over.signal.aborted)
        throw new Error(attempt === 1 ? failure.why : `${failure.why}, at the last of ${attempt} attempts`);
      const usualMs = (pausesMs[attempt - 1] ?? pausesMs.at(-1) ?? 0) * (0.5 + 0.5 * this.#random());
      await sleep(clock, Math.max(usualMs, failure.pauseMs), this.#over.signal);
    }
  }

  /** One attempt. */
  async #post(body: string): Promise<Failure | undefined> {
    const { url, timeoutMs, clock } = this.#options;
    const onTimeout = (): Error => new Error(`no answer within ${timeoutMs / 1_000} s`);
    try {
      return await runWithin({ clock, limitMs: timeoutMs, signal: this.#over.signal, onTimeout }, async (signal) => {
        const headers = { "content-type": "application/json", "user-agent": "berth", ...this.#signature(body) };
        const answer = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
        await answer.body?.cancel();
        if (answer.ok) return undefined;
        const mayPass = answer.status >= 500 || PASSING.has(answer.status);
        return { why: `it answered ${answer.status}`, mayPass, pauseMs: pauseOf(answer) };
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { why: errorMessage(cause), mayPass: true, pauseMs: 0 };
    }
  }

  /** Signed together with the time, so that a message cannot be sent again later by whoever saw it. */
  #signature(body: string): Record<string, string> {
    const { key, clock } = this.#options;
    if (key === undefined) return {};
    const time = Math.floor(clock.now() / 1_000);
    const digest = createHmac("sha256", key).update(`${time}.${body}`).digest("hex");
    return { "x-berth-signature": `t=${time},v1=${digest}` };
  }

  #drop(news: readonly AlertNews[], why: string): void {
    this.#dropped += news.length;
    const { log, url } = this.#options;
    // The path of such addresses is often a password.
    const { origin } = new URL(url);
    const rules = [...new Set(news.map(({ alert }) => alert.rule))].slice(0, 10).join(", ");
    log.error(`Cannot tell ${origin} of ${news.length} alerts (${rules}): ${why}`, { dropped: this.#dropped });
  }
}

interface Failure {
  why: string;
  mayPass: boolean;
  pauseMs: number;
}

function pauseOf({ headers }: Response): number {
  const seconds = Number(headers.get("retry-after") ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds * 1_000), LONGEST_PAUSE_MS) : 0;
}

function newsView({ state, at, since, alert }: AlertNews): object {
  const { rule, severity, plugin, metric, value, above, message } = alert;
  const times = { at: new Date(at).toISOString(), since: new Date(since).toISOString() };
  return { state, rule, severity, plugin: plugin ?? null, metric, value, above, message, ...times };
}
