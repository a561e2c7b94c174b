import { bytesOf } from "../text-codec.ts";
import { OwnURLSearchParams } from "../url/url-search-params.ts";
import type { OwnHeaders } from "./headers.ts";

/** What can be a body here; streams, forms and blobs cannot. */
export type BodySource = string | ArrayBuffer | ArrayBufferView | OwnURLSearchParams | null | undefined;

/** Body of a request or an answer, which is read once. */
export class Body {
  readonly #bytes: Uint8Array<ArrayBuffer> | undefined;
  #isUsed = false;

  /** @throws TypeError for what cannot be a body here. Says in `headers` what it is, unless that is said already. */
  constructor(source: BodySource | Body, headers: OwnHeaders) {
    if (source instanceof Body) {
      this.#bytes = source.#bytes;
      return;
    }
    const [bytes, type] = extract(source);
    this.#bytes = bytes;
    if (type !== undefined && !headers.has("content-type")) headers.set("content-type", type);
  }

  get body(): ByteStream | null {
    return this.#bytes === undefined ? null : new ByteStream(() => this.#take());
  }

  get bodyUsed(): boolean {
    return this.#isUsed;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#take().slice();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(this.#take());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown;
  }

  async blob(): Promise<never> {
    throw new TypeError("Blobs are not there in a component; use bytes()");
  }

  async formData(): Promise<never> {
    throw new TypeError("Forms are not there in a component; use text()");
  }

  #take(): Uint8Array<ArrayBuffer> {
    if (this.#bytes === undefined) return new Uint8Array(0);
    if (this.#isUsed) throw new TypeError("Body is unusable: Body has already been read");
    this.#isUsed = true;
    return this.#bytes;
  }
}

function extract(source: BodySource): [bytes: Uint8Array<ArrayBuffer> | undefined, type: string | undefined] {
  if (source === null || source === undefined) return [undefined, undefined];
  const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
  if (typeof source === "string") return [encode(source), "text/plain;charset=UTF-8"];
  if (source instanceof OwnURLSearchParams) {
    return [encode(source.toString()), "application/x-www-form-urlencoded;charset=UTF-8"];
  }
  if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer) return [bytesOf(source).slice(), undefined];
  if (typeof source === "object")
    throw new TypeError("Only text, bytes and URLSearchParams can be sent from a component");
  return [encode(String(source)), "text/plain;charset=UTF-8"];
}

/** As much of a `ReadableStream` as a body needs: one chunk, which is all of it. */
export class ByteStream {
  #take: (() => Uint8Array) | undefined;

  constructor(take: () => Uint8Array) {
    this.#take = take;
  }

  get locked(): boolean {
    return false;
  }

  getReader(): { read(): Promise<{ done: boolean; value: Uint8Array | undefined }>; releaseLock(): void } {
    return {
      read: async () => {
        const value = this.#take?.();
        this.#take = undefined;
        return { done: value === undefined, value };
      },
      releaseLock: () => undefined,
    };
  }

  async cancel(): Promise<void> {
    this.#take = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { value } = await this.getReader().read();
    if (value !== undefined) yield value;
  }
}
