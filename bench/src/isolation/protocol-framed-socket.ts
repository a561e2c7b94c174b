import type { Socket } from "node:net";
import { Packr } from "msgpackr";

/** The frame's length, 32 bits. */
const HEAD = 4;

/** Larger bodies are not copied behind their length; both go in one system call. */
const LARGE_BYTES = 16 * 2 ** 10;

/** The bare transport: each value a frame of its length and MessagePack, by the library that is fastest at it. */
export class FramedSocket {
  readonly #socket: Socket;
  readonly #packr = new Packr({ useRecords: false });
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(socket: Socket, onValue: (value: unknown) => void) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#read(chunk, onValue));
  }

  send(value: unknown): void {
    const body = this.#packr.pack(value);
    const isSmall = body.length < LARGE_BYTES;
    const head = Buffer.allocUnsafe(HEAD + (isSmall ? body.length : 0));
    head.writeUInt32BE(body.length, 0);
    if (isSmall) {
      head.set(body, HEAD);
      this.#socket.write(head);
      return;
    }
    this.#socket.cork();
    this.#socket.write(head);
    this.#socket.write(body);
    this.#socket.uncork();
  }

  #read(chunk: Buffer, onValue: (value: unknown) => void): void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#needed()) return;
    let whole = this.#pending.length === 1 ? chunk : Buffer.concat(this.#pending);
    while (whole.length >= HEAD && whole.length >= HEAD + whole.readUInt32BE(0)) {
      const end = HEAD + whole.readUInt32BE(0);
      onValue(this.#packr.unpack(whole.subarray(HEAD, end)));
      whole = whole.subarray(end);
    }
    this.#pending = whole.length > 0 ? [whole] : [];
    this.#pendingBytes = whole.length;
  }

  #needed(): number {
    const first = this.#pending[0]!;
    return first.length < HEAD ? HEAD : HEAD + first.readUInt32BE(0);
  }
}
