import type { OutputPage, OutputRecord } from "@berth/sdk";

/** What {@link RunsHealth} judges by. */
export interface HealthOptions {
  now: () => number;
  /** So many failures in a row are unhealthy. */
  failures: number;
}

/** How the runs of one command fare, as pages: `/health`, `/ready` and `/live`. */
export class RunsHealth {
  readonly #options: HealthOptions;
  readonly #startedAt: number;
  #runs = 0;
  #failed = 0;
  #failedInRow = 0;
  #lastRunAt: number | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#startedAt = options.now();
  }

  note({ success, startedAt, durationMs }: OutputRecord): void {
    this.#runs++;
    this.#lastRunAt = startedAt + durationMs;
    if (success) this.#failedInRow = 0;
    else {
      this.#failed++;
      this.#failedInRow++;
    }
  }

  page(path: string): OutputPage | undefined {
    if (path === "/live" || path === "/livez") return text(200, "ok");
    if (path === "/ready" || path === "/readyz") return this.#runs > 0 ? text(200, "ok") : text(503, "no run yet");
    if (path === "/health" || path === "/healthz") return this.#health();
    return undefined;
  }

  #health(): OutputPage {
    const isHealthy = this.#failedInRow < this.#options.failures;
    const body = {
      status: isHealthy ? "healthy" : "unhealthy",
      uptimeSeconds: Math.max(0, Math.round((this.#options.now() - this.#startedAt) / 1_000)),
      runs: this.#runs,
      succeeded: this.#runs - this.#failed,
      failed: this.#failed,
      failedInRow: this.#failedInRow,
      ...(this.#lastRunAt === undefined ? {} : { lastRunAt: new Date(this.#lastRunAt).toISOString() }),
    };
    return {
      status: isHealthy ? 200 : 503,
      contentType: "application/json; charset=utf-8",
      body: `${JSON.stringify(body)}\n`,
    };
  }
}

function text(status: number, body: string): OutputPage {
  return { status, contentType: "text/plain; charset=utf-8", body: `${body}\n` };
}
