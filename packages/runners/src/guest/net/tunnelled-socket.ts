import { Socket } from "node:net";
import { type OpenConnection, Tunnel, type TunnelledSocket, type TunnelTarget } from "./tunnel.ts";

/** Marks sockets that lead through the host. */
const TUNNEL = Symbol("berth.tunnel");

/** Whether a socket leads through the host. */
export function isTunnelled(socket: unknown): boolean {
  return socket instanceof Socket && TUNNEL in socket;
}

/**
 * Makes `socket` lead to `target` through the host. Its handle stays empty: whoever wants the bytes themselves, such as Node's TLS, takes
 * it for a stream of JavaScript's own.
 */
export function startTunnel(socket: Socket, target: TunnelTarget, open: OpenConnection): void {
  const tunnelled = socket as TunnelledSocket;
  const tunnel = new Tunnel(tunnelled, target, open);
  tunnelled._undestroy();
  const own = (value: unknown): PropertyDescriptor => ({ value, configurable: true, writable: true });
  const read = (get: () => unknown): PropertyDescriptor => ({ get, configurable: true });
  Object.defineProperties(socket, {
    [TUNNEL]: own(tunnel),
    connecting: own(true),
    pending: read(() => socket.connecting),
    bytesRead: read(() => tunnel.bytesRead),
    bytesWritten: read(() => tunnel.bytesWritten + socket.writableLength),
    _bytesDispatched: read(() => tunnel.bytesWritten),
    _read: own(() => tunnel.read()),
    _write: own((chunk: Uint8Array | string, encoding: BufferEncoding, done: () => void) =>
      tunnel.write([{ chunk, encoding }], done),
    ),
    _writev: own((chunks: { chunk: Uint8Array | string; encoding: BufferEncoding }[], done: () => void) =>
      tunnel.write(chunks, done),
    ),
    _final: own((done: () => void) => tunnel.end(done)),
    _destroy: own((error: Error | null, done: (error?: Error | null) => void) => {
      tunnel.close();
      Object.assign(socket, { connecting: false });
      socket.setTimeout(0);
      done(error);
      // Node closes the handle first, so that nobody hears of the end in the turn of an error.
      setImmediate(() => socket.emit("close", error != null));
    }),
    // Node waits for a handle to count; what keeps this process alive is its host, not a socket.
    ref: own(() => socket),
    unref: own(() => socket),
    resetAndDestroy: own(() => socket.destroy()),
  });
  void tunnel.connect();
}
