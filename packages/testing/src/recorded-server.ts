import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Clock, systemClock } from "@berth/base";
import { answer } from "./recorded-answer.ts";
import { type AnswerMode, findRecording, readRecordings, type Recording } from "./recording.ts";

/** One request as it arrived. */
export interface ReceivedRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  /** Milliseconds since 1970 by the server's clock. */
  at: number;
}

/** What {@link openRecordedServer} takes. */
export interface RecordedServerOptions {
  /** A folder of recordings, or the recordings. */
  recordings: string | readonly Recording[];
  clock?: Clock;
}

/** For which requests a mode holds. */
export interface ModeOptions {
  path?: string;
  /** Parameters that must have these values. */
  query?: Record<string, string>;
  /** What `rate-limited` asks for. Default: `30`. */
  retryAfter?: string;
  /** Default: always. */
  times?: number;
}

/** A mode, and for which requests. */
interface Rule {
  mode: AnswerMode;
  path: string | undefined;
  query: Record<string, string>;
  retryAfter: string;
  timesLeft: number;
}

/**
 * A service on this machine that replays recorded answers, on a good day and on a bad one, over real HTTP. It keeps what it was
 * asked, so that a test can look at query and headers.
 *
 * @example
 * await using server = await openRecordedServer({
 *   recordings: [{ request: { path: "/now" }, response: { status: 200, body: { temperature: 12 } } }],
 * });
 * await (await fetch(`${server.url}/now?city=Oslo`)).json(); // { temperature: 12 }
 * server.requests[0]?.query; // { city: "Oslo" }
 * server.use("rate-limited", { retryAfter: "30" });
 * (await fetch(`${server.url}/now`)).status; // 429
 */
export async function openRecordedServer(options: RecordedServerOptions): Promise<RecordedServer> {
  const { recordings, clock = systemClock } = options;
  const known = typeof recordings === "string" ? await readRecordings(recordings) : recordings;
  const server = new RecordedServer(known, clock);
  await server.listen();
  return server;
}

/** See {@link openRecordedServer}. */
export class RecordedServer implements AsyncDisposable {
  /** Everything that was asked, in order. */
  readonly requests: ReceivedRequest[] = [];
  readonly #recordings: readonly Recording[];
  readonly #clock: Clock;
  readonly #http = createServer((request, response) => this.#receive(request, response));
  readonly #held = new Set<{ release: () => void }>();
  #rules: Rule[] = [];
  #onHeld: (() => void)[] = [];

  constructor(recordings: readonly Recording[], clock: Clock) {
    this.#recordings = recordings;
    this.#clock = clock;
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** How many answers are being held back by the mode `slow`; one whose client went away is none. */
  get heldAnswers(): number {
    return this.#held.size;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#http.once("error", reject);
      this.#http.listen(0, "127.0.0.1", () => resolve());
    });
  }

  /** From now on answers come in `mode`: all of them, or those of one path or query, always or the next `times` times. */
  use(mode: AnswerMode, options: ModeOptions = {}): void {
    const { path, query = {}, retryAfter = "30", times = Infinity } = options;
    if (path === undefined && times === Infinity && Object.keys(query).length === 0) this.#rules = [];
    this.#rules.unshift({ mode, path, query, retryAfter, timesLeft: times });
  }

  /** Resolves as soon as an answer is held back. */
  async whenHeld(): Promise<void> {
    if (this.#held.size === 0) await new Promise<void>((resolve) => this.#onHeld.push(resolve));
  }

  /** Lets the held answers go. */
  release(): void {
    for (const held of this.#held) held.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await closed;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.url);
    this.requests.push({
      method: request.method ?? "GET",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      at: this.#clock.now(),
    });
    const { mode, retryAfter } = this.#takeRule(url);
    const recording = findRecording(this.#recordings, mode, url);
    if (!recording) {
      const paths = [...new Set(this.#recordings.map(({ request: { path } }) => path))].join(", ");
      response
        .writeHead(501, { "content-type": "text/plain" })
        .end(`No recording fits ${url.pathname}; there are ${paths}`);
      return;
    }
    if (mode === "slow") this.#hold(response, () => answer(response, recording, mode, retryAfter));
    else answer(response, recording, mode, retryAfter);
  }

  #takeRule({ pathname, searchParams }: URL): { mode: AnswerMode; retryAfter: string } {
    const rule = this.#rules.find(
      ({ path = pathname, query, timesLeft }) =>
        timesLeft > 0 &&
        path === pathname &&
        Object.entries(query).every(([name, value]) => searchParams.get(name) === value),
    );
    if (!rule) return { mode: "ok", retryAfter: "30" };
    rule.timesLeft--;
    return rule;
  }

  #hold(response: ServerResponse, send: () => void): void {
    const held = {
      release: () => {
        this.#held.delete(held);
        send();
      },
    };
    this.#held.add(held);
    response.once("close", () => this.#held.delete(held));
    for (const tell of this.#onHeld.splice(0)) tell();
  }
}
