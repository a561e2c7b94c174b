import net, { Socket } from "node:net";
import { isTunnelled, startTunnel } from "./tunnelled-socket.ts";
import type { OpenConnection } from "./tunnel.ts";

interface ConnectOptions {
  host?: string | null;
  port?: number | string | null;
  path?: string | null;
}

type Connect = (...args: unknown[]) => Socket;

/** Node's own reading of the arguments of `connect`, kept where every client of its sockets can reach it. */
const normalizeArguments = (
  net as unknown as { _normalizeArgs: (args: unknown[]) => [ConnectOptions, (() => void) | null] }
)._normalizeArgs;

/** Makes every socket that connects by TCP lead through the host. The result puts Node's own way back. */
export function routeSockets(open: OpenConnection): Disposable {
  const prototype = Socket.prototype as unknown as { connect: Connect };
  const { connect } = prototype;
  prototype.connect = function connectThroughHost(this: Socket, ...args: unknown[]): Socket {
    // One that calls itself with what it has read already passes a list.
    const [options, callback] = (Array.isArray(args[0]) ? args[0] : normalizeArguments(args)) as ReturnType<
      typeof normalizeArguments
    >;
    const hasHandle = (this as { _handle?: unknown })._handle != null;
    if (options.path != null || options.port == null || (hasHandle && !isTunnelled(this))) {
      return connect.apply(this, args);
    }
    if (callback) this.once("connect", callback);
    startTunnel(this, { host: options.host ?? "localhost", port: portOf(options.port) }, open);
    return this;
  };
  return { [Symbol.dispose]: () => void (prototype.connect = connect) };
}

function portOf(port: number | string): number {
  const number = typeof port === "string" && port.trim() === "" ? Number.NaN : Number(port);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw Object.assign(new RangeError(`Port should be >= 0 and < 65536. Received ${String(port)}.`), {
    code: "ERR_SOCKET_BAD_PORT",
  });
}
