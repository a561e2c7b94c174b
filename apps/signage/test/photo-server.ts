import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";

/** How the service feels today. */
export type Mood =
  | "ok"
  | "unauthorized"
  | "rate-limited"
  | "server-error"
  | "malformed"
  | "empty"
  | "elsewhere"
  | "redirect"
  | "slow"
  | "truncated"
  | "bomb"
  | "not-a-picture";

export interface PhotoRequest {
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
}

/** A photo service on this machine that answers as Unsplash and Pexels do, in any mood. */
export class PhotoServer implements AsyncDisposable {
  readonly requests: PhotoRequest[] = [];
  mood: Mood = "ok";
  readonly #http = createServer((request, response) => {
    const url = new URL(request.url ?? "/", this.url);
    this.requests.push({ path: url.pathname, query: Object.fromEntries(url.searchParams), headers: request.headers });
    this.#heard();
    if (this.mood === "slow") return;
    if (url.pathname === "/photo") void this.#sendPhoto(response);
    else this.#sendAnswer(response, url.pathname);
  });
  #heard: () => void = () => undefined;

  static async open(): Promise<PhotoServer> {
    const server = new PhotoServer();
    await new Promise<void>((resolve) => server.#http.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Resolves when the next request has arrived. */
  nextRequest(): Promise<void> {
    return new Promise((resolve) => (this.#heard = resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await closed;
  }

  #sendAnswer(response: ServerResponse, path: string): void {
    const status = { unauthorized: 401, "rate-limited": 429, "server-error": 500 }[this.mood as string];
    if (status !== undefined) return void response.writeHead(status).end("{}");
    if (this.mood === "malformed") return void response.end('{"results": [');
    const photo = `${this.mood === "elsewhere" ? "http://198.51.100.7" : this.url}/photo`;
    const found = {
      results: [{ urls: { raw: photo }, user: { name: "Ada Example" } }, { urls: { raw: `${this.url}/second` } }],
      photos: [{ src: { original: photo }, photographer: "Ben Example" }],
    };
    const answer = this.mood === "empty" ? { results: [], photos: [] } : found;
    response.writeHead(200, { "content-type": "application/json", "x-path": path }).end(JSON.stringify(answer));
  }

  async #sendPhoto(response: ServerResponse): Promise<void> {
    if (this.mood === "redirect") return void response.writeHead(302, { location: `${this.url}/second` }).end();
    if (this.mood === "not-a-picture") return void response.end('<svg xmlns="http://www.w3.org/2000/svg"/>');
    if (this.mood === "bomb") return void response.end(bomb());
    const photo = await picture();
    if (this.mood !== "truncated") return void response.end(photo);
    response
      .writeHead(200, { "content-length": photo.length })
      .write(photo.subarray(0, photo.length / 2), () => response.destroy());
  }
}

/** A small JPEG, orange above and blue below. */
export async function picture(): Promise<Buffer> {
  const half = { width: 80, height: 30, channels: 3 } as const;
  return sharp({ create: { ...half, height: 60, background: "#3060c0" } })
    .composite([{ input: { create: { ...half, background: "#f09030" } }, left: 0, top: 0 }])
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** A PNG that claims 60,000 by 60,000 pixels in a hundred bytes. */
export function bomb(): Buffer {
  const chunk = (name: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  const header = Buffer.from("0000ea600000ea600802000000", "hex");
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(4_096))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
