import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createRawServer, type AddressInfo, type Server, type Socket } from "node:net";

/** What a server saw of a request. */
export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server on loopback that remembers what it was asked. */
export interface TestServer extends AsyncDisposable {
  port: number;
  /** `http://127.0.0.1:PORT`. */
  url: string;
  requests: SeenRequest[];
  /** Connections opened so far. */
  connections: number;
  /** Connections open now. */
  sockets: Set<Socket>;
}

/** A real HTTP server; the body has been read when `answer` is called. */
export async function serve(answer: RequestListener): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  return await listening(server, requests);
}

/** A server that answers every connection with these bytes, whatever HTTP says. */
export async function serveRaw(answer: (socket: Socket) => void): Promise<TestServer> {
  const server = createRawServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => answer(socket));
  });
  return await listening(server, []);
}

async function listening(server: Server, requests: SeenRequest[]): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const made: TestServer = {
    port: 0,
    url: "",
    requests,
    connections: 0,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on("connection", (socket: Socket) => {
    made.connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  made.port = (server.address() as AddressInfo).port;
  made.url = `http://127.0.0.1:${made.port}`;
  return made;
}
