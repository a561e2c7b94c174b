import { HostError, type JsonValue, type PluginConnection, type PluginContext } from "@berth/sdk";
import { ByteReader } from "./byte-reader.ts";
import type { EngineAddress } from "./settings.ts";

/** The oldest version that has all that is used here; Docker of 2017, Podman 3. */
const VERSION = "/v1.40";
const MOST_LINE_BYTES = 65_536;
const MOST_HEADERS = 100;
const MOST_BODY_BYTES = 4 * 1_048_576;

/** An answer whose body is still to come. Disposing it closes the connection. */
export interface OpenAnswer extends Disposable {
  status: number;
  /** The body's parts, as they come. */
  parts(): AsyncGenerator<Uint8Array, void>;
  /** The whole body, which is JSON or a text. */
  json(): Promise<JsonValue>;
}

/**
 * HTTP to an engine, a connection for each request: `ctx.fetch` knows no sockets, and gives an answer when it is whole, where the output
 * of a container has to be read as it comes.
 */
export class EngineClient {
  readonly #ctx: PluginContext;
  readonly #address: EngineAddress;

  constructor(ctx: PluginContext, address: EngineAddress) {
    this.#ctx = ctx;
    this.#address = address;
  }

  /** An answer as JSON, whatever its status. */
  async ask(
    method: string,
    path: string,
    body: JsonValue | undefined,
    signal: AbortSignal,
  ): Promise<{ status: number; body: JsonValue }> {
    using answer = await this.open(method, path, body, signal);
    return { status: answer.status, body: await answer.json() };
  }

  async open(method: string, path: string, body: JsonValue | undefined, signal: AbortSignal): Promise<OpenAnswer> {
    const { host, port } = this.#address;
    const connection = await this.#ctx.connect(host, port, { signal });
    const close = (): void => connection[Symbol.dispose]();
    signal.addEventListener("abort", close, { once: true });
    try {
      await send(connection, `${method} ${VERSION}${path} HTTP/1.1`, body);
      const reader = new ByteReader(connection.readable);
      const { status, headers } = await readHead(reader);
      const dispose = (): void => {
        signal.removeEventListener("abort", close);
        close();
      };
      return {
        status,
        parts: () => bodyOf(reader, headers),
        json: () => readJson(bodyOf(reader, headers)),
        [Symbol.dispose]: dispose,
      };
    } catch (error) {
      close();
      signal.throwIfAborted();
      throw error;
    }
  }
}

async function send(connection: PluginConnection, first: string, body: JsonValue | undefined): Promise<void> {
  const content = body === undefined ? "" : JSON.stringify(body);
  const bytes = new TextEncoder().encode(content);
  const head = [
    first,
    "host: docker",
    "connection: close",
    "content-type: application/json",
    `content-length: ${bytes.length}`,
  ];
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n${content}`));
  writer.releaseLock();
}

async function readHead(reader: ByteReader): Promise<{ status: number; headers: ReadonlyMap<string, string> }> {
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(await reader.line(MOST_LINE_BYTES))?.[1] ?? 0);
  const headers = new Map<string, string>();
  for (let count = 0; count <= MOST_HEADERS; count++) {
    const line = await reader.line(MOST_LINE_BYTES);
    if (line === "") return { status, headers };
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  throw new HostError("CAPABILITY_FAILED", "Cannot read the engine's answer: there are too many headers");
}

async function* bodyOf(reader: ByteReader, headers: ReadonlyMap<string, string>): AsyncGenerator<Uint8Array, void> {
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") {
    yield* chunked(reader);
    return;
  }
  let left = Number(headers.get("content-length") ?? Infinity);
  for (
    let part = left > 0 ? await reader.some(left) : undefined;
    part;
    part = left > 0 ? await reader.some(left) : undefined
  ) {
    left -= part.length;
    yield part;
  }
}

async function* chunked(reader: ByteReader): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    let left = Number.parseInt(await reader.line(MOST_LINE_BYTES), 16);
    if (!(left > 0)) return;
    while (left > 0) {
      const part = await reader.some(left);
      if (!part)
        throw new HostError("CAPABILITY_FAILED", "Cannot read the engine's answer: the connection ended within it");
      left -= part.length;
      yield part;
    }
    await reader.line(MOST_LINE_BYTES);
  }
}

async function readJson(parts: AsyncIterable<Uint8Array>): Promise<JsonValue> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of parts) {
    text += decoder.decode(part, { stream: true });
    if (text.length > MOST_BODY_BYTES)
      throw new HostError("CAPABILITY_FAILED", "Cannot read the engine's answer: it is too large");
  }
  return parsed(text);
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
