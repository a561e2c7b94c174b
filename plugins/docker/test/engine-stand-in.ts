import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/**
 * The API of an engine on a real socket, for machines without one. Its answers have the forms that Docker documents and that Podman 4.3
 * was seen to give; no Docker was ever asked.
 */
export interface StandIn extends AsyncDisposable {
  socket: string;
  /** Method and path of every request, with its body. */
  asked: string[];
  hasImage: boolean;
  /** Whether a container runs until it is told to stop. */
  isEndless: boolean;
}

/** One frame as the engine writes it: which stream, three zeros, the length, the bytes. */
function frame(stream: 1 | 2, bytes: string): Buffer {
  const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(Buffer.byteLength(bytes), 4);
  return Buffer.concat([head, Buffer.from(bytes)]);
}

export async function openStandIn(): Promise<StandIn> {
  const folder = mkdtempSync(join(tmpdir(), "berth-engine-"));
  const socket = join(folder, "engine.sock");
  let attached: ServerResponse | undefined;
  const json = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "").replace("/v1.40", "");
    made.asked.push(`${request.method} ${path} ${await text(request)}`.trim());
    if (path === "/containers/create" && !made.hasImage)
      return json(response, 404, { message: "No such image: tiny:latest" });
    if (path === "/containers/create") return json(response, 201, { Id: "c0ffee", Warnings: [] });
    if (path.startsWith("/images/create")) {
      made.hasImage = true;
      return void response.end('{"status":"Pulling"}\n{"status":"Done"}\n');
    }
    if (path.includes("/attach")) {
      attached = response.writeHead(200, { "content-type": "application/vnd.docker.raw-stream" });
      return attached.flushHeaders();
    }
    if (path.endsWith("/start")) {
      response.writeHead(204).end();
      // One byte at a time, so that heads and bytes are cut everywhere.
      for (const byte of Buffer.concat([frame(1, "out\n"), frame(2, "err\n"), frame(1, "more")]))
        attached?.write(Buffer.of(byte));
      if (!made.isEndless) attached?.end();
      return;
    }
    if (path.includes("/stop")) {
      attached?.end();
      return void response.writeHead(204).end();
    }
    if (path.endsWith("/wait")) return json(response, 200, { StatusCode: 3 });
    response.writeHead(request.method === "DELETE" ? 204 : 500).end();
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const made: StandIn = {
    socket,
    asked: [],
    hasImage: true,
    isEndless: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return made;
}
