import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Clock, errorMessage, runWithin, sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import { formatListenAddress, type ListenAddress } from "@berth/kernel/config";
import { isAddressedHere } from "./addressed-here.ts";
import { type HttpRoute, type RouteAnswer, type RouteRequest, TEXT } from "./http-route.ts";

/** Probes and scrapers keep a connection each; more are no such thing. */
const MOST_CONNECTIONS = 64;
/** A request is one line and a few headers. */
const MOST_HEADER_BYTES = 8 * 1_024;
const MOST_PATH_CHARACTERS = 2_048;
/** A whole request arrives in one packet; who takes longer holds a place for nothing. */
const REQUEST_LIMIT_MS = 5_000;
/** Longer than any pause of one who reads or asks again: a scraper comes every 15 to 60 s and may connect anew. */
const IDLE_LIMIT_MS = 10_000;
/** From memory all is answered at once. */
const ANSWER_LIMIT_MS = 5_000;
/** A scrape of a thousand plugins with full series. */
const MOST_ANSWER_BYTES = 32 * 2 ** 20;
/** How long answers under way may be read when the listener closes. */
const DRAIN_MS = 1_000;

/** What {@link openHttpListener} needs. */
export interface HttpListenerOptions {
  listen: ListenAddress;
  /** The later one of two with the same path counts. */
  routes: readonly HttpRoute[];
  /** Asked for what no route has; nothing where there is nothing. */
  otherwise?: (request: RouteRequest) => Promise<RouteAnswer | undefined>;
  /** The setting that names the address, for people. Default `http.listen`. */
  setting?: string;
  clock: Clock;
  log: { debug(message: string): void; warn(message: string): void };
}

/** A server that is read; disposing it lets answers under way be read, and ends. */
export interface HttpListener extends AsyncDisposable {
  /** As `127.0.0.1:9464`: the port that it got. */
  readonly address: string;
}

/** Serves `routes` by GET and HEAD, each request bounded in size and time. @throws HostError `HTTP_UNAVAILABLE` */
export async function openHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { listen, clock, log } = options;
  const routes = new Map(options.routes.map((route) => [route.path, route]));
  const closing = new AbortController();
  const open = new Set<Socket>();
  const busy = new Set<Socket>();
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: REQUEST_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      keepAliveTimeout: IDLE_LIMIT_MS,
      connectionsCheckingInterval: 1_000,
      noDelay: true,
    },
    (request, response) => {
      busy.add(request.socket);
      response.once("close", () => busy.delete(request.socket));
      void serve({ ...options, request, response, routes, closing: closing.signal });
    },
  );
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.maxConnections = MOST_CONNECTIONS;
  // Also of one who asks and does not read.
  server.timeout = IDLE_LIMIT_MS;
  server.on("clientError", (_error, socket) => socket.destroy());
  // No way to speak another protocol, or to have the body waited for.
  server.on("upgrade", (_request, socket) => socket.destroy());
  server.on("checkContinue", (_request, response: ServerResponse) => refuse(response, 413, "no body is read here"));
  const { port } = await listening(server, listen, options.setting ?? "http.listen");
  server.on("error", (error) => log.warn(`Cannot answer over HTTP: ${error.message}`));
  return {
    address: formatListenAddress({ host: listen.host, port }),
    [Symbol.asyncDispose]: () => {
      closing.abort();
      // Node.js takes one that has not asked yet for one that is about to.
      for (const socket of open.difference(busy)) socket.destroy();
      return close(server, clock);
    },
  };
}

interface Serving extends Omit<HttpListenerOptions, "routes"> {
  request: IncomingMessage;
  response: ServerResponse;
  routes: ReadonlyMap<string, HttpRoute>;
  closing: AbortSignal;
}

async function serve(serving: Serving): Promise<void> {
  const { request, response, log } = serving;
  const gone = new AbortController();
  response.once("close", () => gone.abort(new Error("the client is gone")));
  response.on("error", () => undefined);
  try {
    write(serving, await answerTo(serving, gone.signal));
  } catch (error) {
    if (gone.signal.aborted) return;
    log.warn(`Cannot answer GET ${request.url?.slice(0, 100).replace(/\?.*/s, "")}: ${errorMessage(error)}`);
    refuse(response, 500, "the answer could not be made; see the host's log");
  }
}

async function answerTo(serving: Serving, signal: AbortSignal): Promise<RouteAnswer> {
  const { request, routes, clock, listen, otherwise } = serving;
  const { method, url = "/", headers } = request;
  if (method !== "GET" && method !== "HEAD") return text(405, "only GET and HEAD are answered here");
  if (hasBody(request)) return text(413, "no body is read here");
  if (url.length > MOST_PATH_CHARACTERS) return text(414, "the path is too long");
  if (!isAddressedHere(headers.host, listen)) return text(421, "this server goes by its address only");
  const [path = "/", query = ""] = url.split("?", 2);
  const route = routes.get(path);
  if (!route && !otherwise) return noPage(routes);
  const onTimeout = (): Error => new Error(`no answer within ${ANSWER_LIMIT_MS / 1_000} s`);
  return runWithin({ clock, limitMs: ANSWER_LIMIT_MS, signal, onTimeout }, async (within) => {
    const asked: RouteRequest = {
      path,
      query: new URLSearchParams(query),
      ...(headers.accept === undefined ? {} : { accept: headers.accept }),
      signal: within,
    };
    return (await (route ? route.handle(asked) : otherwise!(asked))) ?? noPage(routes);
  });
}

function noPage(routes: Serving["routes"]): RouteAnswer {
  return text(404, routes.size === 0 ? "there is no such page" : `there are: ${[...routes.keys()].join(", ")}`);
}

function write({ request, response, closing }: Serving, { status, type, body }: RouteAnswer): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  if (bytes.byteLength > MOST_ANSWER_BYTES) throw new Error(`${bytes.byteLength} bytes are too many`);
  if (status === 405) response.setHeader("allow", "GET, HEAD");
  // Who sends what is not read here is not heard any further, and nobody is to come back to a server that ends.
  if (status === 413 || status === 405 || closing.aborted) response.setHeader("connection", "close");
  response.writeHead(status, {
    "content-type": type,
    "content-length": bytes.byteLength,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

const text = (status: number, sentence: string): RouteAnswer => ({ status, type: TEXT, body: `${sentence}\n` });

function refuse(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { "content-type": TEXT, connection: "close" });
  response.end(`${sentence}\n`);
}

function listening(server: Server, listen: ListenAddress, setting: string): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const onError = (cause: Error): void => {
    const message = `Cannot listen at ${setting} ${formatListenAddress(listen)}: ${errorMessage(cause)}`;
    reject(new HostError("HTTP_UNAVAILABLE", message, { cause }));
  };
  server.once("error", onError);
  server.listen(listen.port, listen.host, () => {
    server.off("error", onError);
    resolve(server.address() as AddressInfo);
  });
  return promise;
}

async function close(server: Server, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  const late = new AbortController();
  const patience = sleep(clock, DRAIN_MS, late.signal).catch(() => undefined);
  await Promise.race([closed, patience]);
  late.abort();
  server.closeAllConnections();
  await closed;
}
