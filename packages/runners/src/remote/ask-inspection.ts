import { type Clock, runWithin } from "@berth/base";
import { HostError, type Inspection, type InspectionRequest, type TakeBytes } from "@berth/contract";
import type { Peer, Stream } from "@berth/protocol";
import type { Inspect } from "@berth/sdk/runtime";
import { membersOf } from "./parse-answers.ts";

/** How long a plugin may take to say that the look has begun; one that does not is blocked, or as good as that. */
const BEGIN_MS = 5_000;

/** How long it may be silent after that, beside the time that was asked for: a picture of a big heap stops it for some seconds. */
const SILENT_MS = 30_000;

const MOST_ADDRESS_CHARACTERS = 4_096;

/** What {@link askInspection} needs. */
export interface AskInspectionOptions {
  peer: Peer;
  clock: Clock;
  plugin: string;
  request: InspectionRequest;
  take: TakeBytes;
  signal: AbortSignal;
}

/** Has the guest look at the code it runs, and hands on what it sends. A plugin that does not answer is left as it is. */
export async function askInspection(options: AskInspectionOptions): Promise<Inspection> {
  const { peer, request, signal } = options;
  using stream = peer.openStream();
  // Nothing goes that way; and only a stream that both have ended is over in order.
  stream.end();
  const over = new AbortController();
  const params: Inspect = { ...request, stream: stream.id };
  const asked = peer.request("guest.inspect", params, { signal: AbortSignal.any([signal, over.signal]) });
  const reading = readAll(stream, options);
  try {
    const [found] = await Promise.all([reading, asked]);
    return found;
  } finally {
    over.abort(new HostError("CALL_CANCELLED", "Nobody waits for it any more"));
  }
}

async function readAll(stream: Stream, options: AskInspectionOptions): Promise<Inspection> {
  const { request, take, plugin } = options;
  const head = membersOf(await next(stream, BEGIN_MS, options));
  if (typeof head.guest !== "string" || head.guest.length > MOST_ADDRESS_CHARACTERS) throw broken(plugin);
  let left = request.maxBytes;
  const firstMs = SILENT_MS + (request.kind === "cpu" ? request.durationMs : 0);
  for (let limitMs = firstMs; ; limitMs = SILENT_MS) {
    const bytes = await next(stream, limitMs, options);
    if (bytes === undefined) return { guest: head.guest };
    if (!(bytes instanceof Uint8Array)) throw broken(plugin);
    left -= bytes.length;
    if (left < 0) throw tooBig(plugin, request);
    await take(bytes);
  }
}

/** The next item, or a word on a plugin that sends none. */
function next(
  stream: Stream,
  limitMs: number,
  { clock, plugin, request, signal }: AskInspectionOptions,
): Promise<unknown> {
  const onTimeout = (): Error =>
    new HostError(
      "PLUGIN_UNRESPONSIVE",
      `Cannot ${verb(request)} plugin "${plugin}": it is unresponsive, its event loop gave no answer for ${limitMs / 1_000} s`,
    );
  return runWithin({ clock, limitMs, signal, onTimeout }, () => stream.read());
}

function tooBig(plugin: string, request: InspectionRequest): HostError {
  const size = `${Math.floor(request.maxBytes / 2 ** 20)} MiB`;
  return new HostError(
    "LIMIT_EXCEEDED",
    `Cannot ${verb(request)} plugin "${plugin}": what it sends is more than ${size}; allow more with --max-mb`,
  );
}

function broken(plugin: string): HostError {
  return new HostError("PROTOCOL_BROKEN", `Cannot look into plugin "${plugin}": what it sends is no answer to that`);
}

function verb({ kind }: InspectionRequest): string {
  return kind === "cpu" ? "profile" : "take the heap of";
}
