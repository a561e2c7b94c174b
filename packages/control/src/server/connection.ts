import type { Socket } from "node:net";
import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";
import { invalidParams, Peer, type SocketLink, socketLink } from "@berth/protocol";
import type * as z from "zod";
import { type CheckedParamsOf, type ControlMethod, METHODS } from "../wire/methods.ts";
import type { ControlledHost } from "./controlled-host.ts";
import { watchEvents } from "./event-watch.ts";
import { inspectPlugin } from "./inspect-plugin.ts";
import { watchLog } from "./log-watch.ts";
import { masked } from "./masked.ts";
import type { Methods } from "./methods.ts";

/** Names and numbers are all that is asked; only lists that are answered are long. */
const MOST_FRAME_BYTES = 16 * 2 ** 20;

/** A side that leaves more unread than this is gone, or means harm. */
const MOST_QUEUED_BYTES = 32 * 2 ** 20;

const LIMITS = { incomingRequests: 32, incomingBytes: 2 ** 20, outgoingRequests: 1, streams: 1 };

/** What {@link ControlConnection} needs. */
export interface ConnectionOptions {
  socket: Socket;
  host: ControlledHost;
  methods: Methods;
}

/** One that asks. What it says is checked, what it is told is masked; it may end at any time. */
export class ControlConnection implements Disposable {
  readonly #host: ControlledHost;
  readonly #link: SocketLink;
  readonly #peer: Peer;
  #watch: Disposable | undefined;
  #logWatch: Disposable | undefined;

  constructor({ socket, host, methods }: ConnectionOptions) {
    this.#host = host;
    const { clock } = host;
    const sizes = { maxFrameBytes: MOST_FRAME_BYTES, maxQueuedBytes: MOST_QUEUED_BYTES };
    this.#link = socketLink(socket, { ...sizes, encodings: ["json"], clock });
    this.#link.acceptLargeFrames();
    this.#peer = new Peer({ link: this.#link, clock, limits: LIMITS });
    for (const [name, run] of Object.entries(methods)) this.#handle(name as ControlMethod, run as AnyMethod);
    this.#handle("events.watch", async (params) => this.#startWatch(params as CheckedParamsOf<"events.watch">));
    this.#handle("logs.watch", async (params) => this.#startLogWatch(params as CheckedParamsOf<"logs.watch">));
    this.#handle("plugins.inspect", (params, signal) =>
      inspectPlugin(this.#host, this.#peer, params as CheckedParamsOf<"plugins.inspect">, signal),
    );
    void this.#peer.ended.then((reason) => this.#onEnd(reason));
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
    this.#logWatch?.[Symbol.dispose]();
    this.#peer.close(new HostError("CONTROL_UNREACHABLE", "The host is ending"));
  }

  #handle(method: ControlMethod, run: AnyMethod): void {
    const { masker } = this.#host;
    this.#peer.handle(method, async (params, { signal }) => masked(masker, await run(checked(method, params), signal)));
  }

  /** One at a time: another one takes its place. */
  #startWatch(params: CheckedParamsOf<"events.watch">): object {
    this.#watch?.[Symbol.dispose]();
    this.#watch = watchEvents({
      host: this.#host,
      clock: this.#host.clock,
      peer: this.#peer,
      bufferedBytes: () => this.#link.bufferedBytes,
      params,
    });
    return {};
  }

  /** One at a time, as well. */
  #startLogWatch(params: CheckedParamsOf<"logs.watch">): object {
    const bufferedBytes = (): number => this.#link.bufferedBytes;
    const { lines, watch } = watchLog({ host: this.#host, peer: this.#peer, bufferedBytes, params });
    this.#logWatch?.[Symbol.dispose]();
    this.#logWatch = watch;
    return { lines };
  }

  #onEnd(reason: Error | undefined): void {
    this.#watch?.[Symbol.dispose]();
    this.#logWatch?.[Symbol.dispose]();
    if (reason) this.#host.log.debug(`A connection for commands ended: ${errorMessage(reason)}`);
  }
}

type AnyMethod = (params: unknown, signal: AbortSignal) => Promise<unknown>;

/** @throws HostError that says what is wrong with them. */
function checked(method: ControlMethod, params: unknown): unknown {
  const schema: z.ZodType = METHODS[method].params;
  const result = schema.safeParse(params ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalidParams(method, `${issue?.path.join(".") || "they"}: ${issue?.message ?? "are wrong"}`);
}
