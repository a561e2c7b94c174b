import type { Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { type Clock, Emitter, runWithin } from "@berth/base";
import { HostError } from "@berth/contract";
import { Peer, socketLink, type Stream } from "@berth/protocol";
import type * as z from "zod";
import { type LogLineView, logLineView } from "../wire/looking-views.ts";
import {
  type ControlMethod,
  EVENT_NOTIFICATION,
  LOG_NOTIFICATION,
  METHODS,
  type ParamsOf,
  type ResultOf,
} from "../wire/methods.ts";
import { type EventView, eventView } from "../wire/views.ts";

/** A host that has not said anything for so long says nothing any more. */
const ANSWER_LIMIT_MS = 30_000;

/** A list of thousands of plugins. */
const MOST_FRAME_BYTES = 16 * 2 ** 20;

/** How to ask. */
export interface AskOptions {
  signal?: AbortSignal | undefined;
  /** Default 30 s; what takes the time of plugins, such as a reload, needs more. */
  limitMs?: number;
}

/** A conversation with a running host. */
export class ControlClient implements Disposable {
  readonly #clock: Clock;
  readonly #peer: Peer;
  readonly #events = new Emitter<EventView>();
  readonly #logLines = new Emitter<LogLineView>();
  #hasEnded = false;

  constructor(socket: Socket, clock: Clock) {
    const link = socketLink(socket, { maxFrameBytes: MOST_FRAME_BYTES, encodings: ["json"], clock });
    link.acceptLargeFrames();
    this.#clock = clock;
    // As the side of a plugin it takes the host's errors at their word, those that are the host's own fault too.
    this.#peer = new Peer({ link, clock, side: "plugin" });
    void this.#peer.ended.then(() => {
      this.#hasEnded = true;
    });
    this.#peer.listen(EVENT_NOTIFICATION, (params) => this.#events.emit(eventView.parse(params)));
    this.#peer.listen(LOG_NOTIFICATION, (params) => this.#logLines.emit(logLineView.parse(params)));
  }

  /** Settles when the conversation is over, with the reason if there was one. */
  get ended(): Promise<Error | undefined> {
    return this.#peer.ended;
  }

  /** @throws HostError what the host says, or `CONTROL_UNREACHABLE` when it says nothing sensible. */
  async ask<M extends ControlMethod>(
    method: M,
    params: ParamsOf<M>,
    { signal, limitMs = ANSWER_LIMIT_MS }: AskOptions = {},
  ): Promise<ResultOf<M>> {
    const onTimeout = (): Error => unreachable(`no answer to ${method} in ${limitMs / 1_000} s`);
    const answer = await runWithin({ clock: this.#clock, limitMs, signal, onTimeout }, (within) =>
      this.#request(method, params, within),
    );
    const schema: z.ZodType = METHODS[method].result;
    const result = schema.safeParse(answer);
    if (!result.success) throw unreachable(`its answer to ${method} is of another version of Berth`, result.error);
    return result.data as ResultOf<M>;
  }

  /** Hears of what it watches, once `events.watch` was asked. */
  onEvent(listener: (event: EventView) => void): Disposable {
    return this.#events.on(listener);
  }

  /** Hears of the log lines that it follows, once `logs.watch` was asked. */
  onLogLine(listener: (line: LogLineView) => void): Disposable {
    return this.#logLines.on(listener);
  }

  /** Has a plugin looked into, and hands on the bytes that are found; the next come when the ones before were taken. */
  async inspect(
    params: Omit<ParamsOf<"plugins.inspect">, "stream">,
    take: (bytes: Uint8Array) => Promise<void>,
    options: AskOptions = {},
  ): Promise<ResultOf<"plugins.inspect">> {
    using stream = this.#peer.openStream();
    stream.end();
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, ...(options.signal ? [options.signal] : [])]);
    const asked = this.ask("plugins.inspect", { ...params, stream: stream.id }, { ...options, signal });
    try {
      const [answer] = await Promise.all([asked, readBytes(stream, take)]);
      return answer;
    } catch (error) {
      over.abort(error);
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#peer.close();
  }

  /** That the host went away is told as that, whatever became of the request. */
  async #request(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    try {
      return await this.#peer.request(method, params, { signal });
    } catch (error) {
      // Requests hear of the end before anybody else does.
      await setImmediate();
      if (this.#hasEnded && !signal.aborted) throw unreachable("it ended before it answered", error);
      throw error;
    }
  }
}

async function readBytes(stream: Stream, take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) {
    if (!(bytes instanceof Uint8Array)) throw unreachable("it sends what it should not");
    await take(bytes);
  }
}

/** The host is there, and cannot be talked to. */
export function unreachable(why: string, cause?: unknown): HostError {
  return new HostError("CONTROL_UNREACHABLE", `Cannot talk to the running host: ${why}`, { cause });
}
