import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

/** A server on loopback. */
export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  /** Connections opened so far. */
  readonly connections: number;
  /** Method, path and `authorization` of each request. */
  readonly requests: readonly string[];
}

/** Echoes, answers with many bytes, counts what is sent, drips. */
export function openHttpServer(): Promise<LocalServer> {
  return listen(createServer(), async (request, response) => {
    const url = new URL(request.url ?? "/", "http://x");
    const size = Number(url.search.slice(1));
    if (url.pathname === "/large") {
      response.setHeader("content-length", size);
      for (let sent = 0; sent < size; sent += 65_536) response.write(Buffer.alloc(Math.min(65_536, size - sent), "b"));
      response.end();
    } else if (url.pathname === "/count") {
      let bytes = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.length;
      response.end(JSON.stringify({ bytes }));
    } else if (url.pathname === "/drip") {
      for (const part of ["one ", "two ", "three"]) {
        response.write(part);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    } else {
      response.end(`${request.method} ${request.url} ${await text(request)}`);
    }
  });
}

const MEMBERS = ["U1", "U2", "U3"];

/** So much of Slack's interface as a client needs to post, to be refused, and to turn pages. */
export function openSlack(identity?: { key: string; cert: string }): Promise<LocalServer> {
  const server = identity ? (createSecureServer(identity) as unknown as Server) : createServer();
  return listen(server, async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const isKnown = request.headers.authorization === "Bearer xoxb-token";
    const answer = (body: object): void => {
      response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    };
    if (!isKnown) return answer({ ok: false, error: "invalid_auth" });
    if (request.url === "/api/chat.postMessage") {
      return answer({ ok: true, ts: "1.2", message: { text: form.get("text"), channel: form.get("channel") } });
    }
    const from = Number(form.get("cursor") ?? 0);
    const to = from + Number(form.get("limit") ?? 100);
    return answer({
      ok: true,
      members: MEMBERS.slice(from, to).map((id) => ({ id })),
      response_metadata: { next_cursor: to < MEMBERS.length ? String(to) : "" },
    });
  });
}

async function listen(
  server: Server,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<LocalServer> {
  const requests: string[] = [];
  let connections = 0;
  server.on("connection", () => connections++);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""}`.trim());
    answer(request, response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** PostgreSQL itself, in WebAssembly, behind a socket. */
export async function openPostgres(): Promise<{ port: number } & AsyncDisposable> {
  const db = await PGlite.create();
  const server = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 8 });
  await server.start();
  return {
    port: Number(server.getServerConn().split(":").at(-1)),
    async [Symbol.asyncDispose]() {
      await server.stop();
      await db.close();
    },
  };
}
