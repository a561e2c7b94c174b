import { registerHooks, syncBuiltinESMExports } from "node:module";
import net, { type Socket } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { isTunnelled } from "./tunnelled-socket.ts";

type Options = ConnectionOptions & { timeout?: number; allowHalfOpen?: boolean };
type Connect = (options: Options, callback?: () => void) => TLSSocket;

const normalizeArguments = (net as unknown as { _normalizeArgs: (args: unknown[]) => [Options, (() => void) | null] })
  ._normalizeArgs;

/** What connects by TLS: the module itself, and those that load it for themselves. */
const MODULES = new Set(["tls", "https", "http2"]);

/**
 * Makes `tls.connect` begin with a socket that leads through the host: left to itself it would wrap a handle of the operating system
 * before any socket is asked. That is done when the plugin first reaches for something that uses it, since loading TLS takes a tenth of
 * the time in which a plugin is to be there. The result puts Node's own way back.
 */
export function routeTls(): Disposable {
  const routed = new DisposableStack();
  let isRouted = false;
  const route = (): void => {
    if (isRouted) return;
    isRouted = true;
    routed.use(routeConnect());
    syncBuiltinESMExports();
  };
  const routeFor = (name: unknown): void => {
    if (typeof name === "string" && MODULES.has(name.replace(/^node:/, ""))) route();
  };
  const hooks = registerHooks({
    resolve: (specifier, context, nextResolve) => {
      routeFor(specifier);
      return nextResolve(specifier, context);
    },
  });
  routed.defer(() => hooks.deregister());
  const getBuiltinModule = process.getBuiltinModule.bind(process);
  process.getBuiltinModule = (name: string) => {
    routeFor(name);
    return getBuiltinModule(name);
  };
  routed.defer(() => void (process.getBuiltinModule = getBuiltinModule));
  routed.use(routeGlobal("WebSocket", route));
  return routed;
}

/**
 * Calls `route` when a global is first used. It is removed unseen, since even to describe it loads the whole client behind it, which
 * takes as long as all the rest of a start; `node:http` hands the same one out.
 */
function routeGlobal(name: "WebSocket", route: () => void): Disposable {
  if (!Reflect.deleteProperty(globalThis, name)) return { [Symbol.dispose]: () => undefined };
  const putBack = (): void => {
    Object.defineProperty(globalThis, name, { ...WRITABLE, value: process.getBuiltinModule("node:http")[name] });
  };
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: false,
    get: () => {
      putBack();
      route();
      return globalThis[name];
    },
    set: (value: unknown) => {
      Object.defineProperty(globalThis, name, { ...WRITABLE, value });
    },
  });
  return { [Symbol.dispose]: putBack };
}

const WRITABLE = { configurable: true, enumerable: false, writable: true };

function routeConnect(): Disposable {
  const module = process.getBuiltinModule("node:tls") as unknown as { connect: Connect };
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
  return { options: { ...options, ...more }, callback: callback ?? undefined };
}

function addressOf({ host, port }: Options): { host: string; port: number } {
  return { host: host ?? "localhost", port: port as number };
}
