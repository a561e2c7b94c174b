import type { Connection } from "@berth/contract";
import type { Stream } from "@berth/protocol";

/** A connection whose bytes come and go over a stream; the host holds the socket. */
export class StreamConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #stream: Stream;

  constructor(stream: Stream, address: Pick<Connection, "remoteAddress" | "remotePort">) {
    this.#stream = stream;
    this.remoteAddress = address.remoteAddress;
    this.remotePort = address.remotePort;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#stream.write(bytes);
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#stream.read() as Promise<Uint8Array | undefined>;
  }

  end(): void {
    this.#stream.end();
  }

  [Symbol.dispose](): void {
    this.#stream.reset(new Error("The connection was closed"));
  }
}
