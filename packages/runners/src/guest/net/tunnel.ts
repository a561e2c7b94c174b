import type { Socket } from "node:net";
import type { Connection } from "@berth/contract";
import { type SystemError, systemError } from "./system-error.ts";

/** Opens a connection of the host. */
export type OpenConnection = (host: string, port: number, signal: AbortSignal) => Promise<Connection>;

/** Where a socket is to lead. */
export interface TunnelTarget {
  host: string;
  port: number;
}

type WriteCallback = (error?: Error | null) => void;
type Chunk = { chunk: Uint8Array | string; encoding: BufferEncoding };

/** Of what is written at once, so much is handed on at a time. */
const PART_BYTES = 65_536;

/** What of a socket is not in its type, since it is Node's own business, and what of that a tunnel takes over. */
export type TunnelledSocket = Socket & {
  _peername?: { address: string; port: number; family: string };
  _unrefTimer(): void;
  _undestroy(): void;
};

/**
 * The way of one socket to its target through the host, in place of the operating system's handle, which it never has. To everybody who
 * uses the socket nothing is different: not its events, not their order, not its errors.
 */
export class Tunnel {
  readonly #socket: TunnelledSocket;
  readonly #target: TunnelTarget;
  readonly #open: OpenConnection;
  readonly #givingUp = new AbortController();
  #connection: Connection | undefined;
  #isReading = false;
  #bytesRead = 0;
  #bytesWritten = 0;

  constructor(socket: TunnelledSocket, target: TunnelTarget, open: OpenConnection) {
    this.#socket = socket;
    this.#target = target;
    this.#open = open;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  async connect(): Promise<void> {
    const socket = this.#socket;
    const { host, port } = this.#target;
    try {
      const connection = await this.#open(host, port, this.#givingUp.signal);
      if (this.#givingUp.signal.aborted) return connection[Symbol.dispose]();
      this.#connection = connection;
    } catch (error) {
      if (!this.#givingUp.signal.aborted) socket.destroy(this.#failed("connect", error));
      return;
    }
    const { remoteAddress: address, remotePort } = this.#connection;
    socket._peername = { address, port: remotePort, family: address.includes(":") ? "IPv6" : "IPv4" };
    Object.assign(socket, { connecting: false });
    socket._unrefTimer();
    socket.emit("connect");
    socket.emit("ready");
    // As Node does after connecting: begins to read, or finds the end at once.
    if (!socket.destroyed && !socket.isPaused()) socket.read(0);
  }

  read(): void {
    if (this.#connection === undefined) this.#onceConnected(() => this.read());
    else if (!this.#isReading) void this.#readNext(this.#connection);
  }

  write(chunks: readonly Chunk[], done: WriteCallback): void {
    const connection = this.#connection;
    if (connection) return void this.#writeAll(connection, chunks, done);
    this.#onceConnected(
      () => this.write(chunks, done),
      () => done(this.#failed("write", new Error("the socket was closed before it was connected"))),
    );
  }

  end(done: WriteCallback): void {
    if (this.#connection === undefined) return this.#onceConnected(() => this.end(done), done);
    this.#connection.end();
    done();
  }

  close(): void {
    this.#givingUp.abort();
    this.#connection?.[Symbol.dispose]();
  }

  async #readNext(connection: Connection): Promise<void> {
    this.#isReading = true;
    try {
      const bytes = await connection.read();
      this.#isReading = false;
      if (this.#socket.destroyed) return;
      this.#socket._unrefTimer();
      if (bytes === undefined) return void this.#socket.push(null);
      this.#bytesRead += bytes.length;
      this.#socket.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    } catch (error) {
      this.#isReading = false;
      if (!this.#socket.destroyed) this.#socket.destroy(this.#failed("read", error));
    }
  }

  async #writeAll(connection: Connection, chunks: readonly Chunk[], done: WriteCallback): Promise<void> {
    try {
      this.#socket._unrefTimer();
      for (const { chunk, encoding } of chunks) {
        const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
        for (let at = 0; at < bytes.length; at += PART_BYTES) {
          const part = bytes.subarray(at, at + PART_BYTES);
          await connection.write(part);
          this.#socket._unrefTimer();
        }
        this.#bytesWritten += bytes.length;
      }
    } catch (error) {
      return done(this.#failed("write", error));
    }
    done();
  }

  #onceConnected(go: () => void, onClosed: () => void = () => undefined): void {
    const socket = this.#socket;
    const onConnect = (): void => {
      socket.off("close", onClose);
      go();
    };
    const onClose = (): void => {
      socket.off("connect", onConnect);
      onClosed();
    };
    socket.once("connect", onConnect);
    socket.once("close", onClose);
  }

  #failed(syscall: string, error: unknown): SystemError {
    return systemError(error, syscall === "connect" ? { syscall, ...this.#target } : { syscall });
  }
}
