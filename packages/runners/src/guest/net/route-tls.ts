import net, { type Socket } from "node:net";
import tls, { type ConnectionOptions, type TLSSocket } from "node:tls";
import { isTunnelled } from "./tunnelled-socket.ts";

type Options = ConnectionOptions & { timeout?: number; allowHalfOpen?: boolean };
type Connect = (options: Options, callback?: () => void) => TLSSocket;

const normalizeArguments = (net as unknown as { _normalizeArgs: (args: unknown[]) => [Options, (() => void) | null] })
  ._normalizeArgs;

/**
 * Makes `tls.connect` begin with a socket that leads through the host: left to itself it would wrap a handle of the operating system
 * before any socket is asked. The result puts Node's own way back.
 */
export function routeTls(): Disposable {
  const module = tls as unknown as { connect: Connect };
  const connect = module.connect;
  module.connect = (...args: unknown[]) => {
    const { options, callback } = argumentsOf(args);
    if (options.path != null) return connect(options, callback);
    const given = options.socket as Socket | undefined;
    const socket = given ?? net.connect({ ...addressOf(options), allowHalfOpen: options.allowHalfOpen === true });
    const secure = connect({ ...options, socket }, callback);
    if (!given && options.timeout) secure.setTimeout(options.timeout);
    if (isTunnelled(socket) && !socket.connecting) beginAtOnce(secure);
    return secure;
  };
  return { [Symbol.dispose]: () => void (module.connect = connect) };
}

/** Node takes a socket without a handle for one that is yet to connect, and would wait for that for ever. */
function beginAtOnce(secure: TLSSocket): void {
  if (!secure.connecting) return;
  Object.assign(secure, { connecting: false });
  secure.emit("connect");
}

/** As Node reads them: options, or port, host and options, and a callback last. */
function argumentsOf(args: unknown[]): { options: Options; callback: (() => void) | undefined } {
  const [options, callback] = normalizeArguments(args);
  const more = [args[1], args[2]].find((arg) => typeof arg === "object" && arg !== null);
  return { options: { ...options, ...(more as Options | undefined) }, callback: callback ?? undefined };
}

function addressOf({ host, port }: Options): { host: string; port: number } {
  return { host: host ?? "localhost", port: port as number };
}
