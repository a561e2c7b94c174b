import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openRouted, type Routed } from "../../../test/net/open-routed.ts";

const read = (name: string): string => readFileSync(new URL(`../../../../host/test/${name}`, import.meta.url), "utf8");
const ca = read("localhost-cert.pem");
const identity = { cert: ca, key: read("localhost-key.pem") };

const opened = new AsyncDisposableStack();
let routed: Routed;

beforeAll(async () => {
  routed = opened.use(await openRouted());
});
afterAll(() => opened.disposeAsync());
beforeEach(() => {
  routed.asked.length = 0;
});

/** Listens on loopback until the tests are over. */
async function listen(server: Server | HttpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.defer(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const echo = (): Promise<number> => listen(createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)));
const settled = (): Promise<void> => vi.waitFor(() => expect(routed.open.size).toBe(0));

describe("a socket", () => {
  test("connects, writes, reads and ends as any other", async () => {
    const port = await echo();
    const result = await routed.run("talk", { port, say: "grüße an alle" });
    expect(result).toEqual({
      before: { connecting: true, pending: true, readyState: "opening" },
      connected: {
        remoteAddress: "127.0.0.1",
        remotePort: port,
        remoteFamily: "IPv4",
        connecting: false,
        pending: false,
        readyState: "readOnly",
      },
      heard: Buffer.concat([Buffer.from("gr"), Buffer.from("üß", "latin1"), Buffer.from("e an alle")]).toString(),
      seen: ["connect", "ready", "finish", "end", "close"],
      after: { bytesRead: 13, bytesWritten: 13, destroyed: true },
    });
    expect(routed.asked).toEqual([`echo.example:${port}`]);
    await settled();
  });

  test.each([
    ["none.example", 1, { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: "none.example" }],
    ["a.denied.example", 5_432, { code: "EACCES", syscall: "connect", address: "a.denied.example", port: 5_432 }],
    ["full.example", 80, { code: "EMFILE", syscall: "connect", port: 80 }],
    ["refusing.example", 1, { code: "ECONNREFUSED", syscall: "connect", address: "refusing.example", port: 1 }],
  ])("to %s fails with what clients look for", async (host, port, expected) => {
    const result = await routed.run("fail", { host, port });
    expect(result).toMatchObject(expected);
    expect(result.seen).toEqual([`error ${expected.code}`, "close"]);
  });

  test("that was denied says why", async () => {
    const { message } = await routed.run("fail", { host: "db.denied.example", port: 5_432 });
    expect(message).toBe("connect EACCES db.denied.example:5432: it was not granted; ask for it");
  });

  test("carries 5 MB each way, unchanged", async () => {
    const bytes = 5_000_000;
    const result = await routed.run("pump", { port: await echo(), bytes });
    expect(result).toEqual({ isSame: true, bytesRead: bytes, bytesWritten: bytes });
    await settled();
  });

  test("that is given up leaves no connection behind", async () => {
    const result = await routed.run("giveUp", { port: await echo() });
    expect(result).toEqual({ seen: ["close"], writable: false });
    await settled();
  });

  test("can be connected again", async () => {
    expect(await routed.run("again", { port: await echo() })).toEqual(["one", "two"]);
  });

  test("tells of silence", async () => {
    expect(await routed.run("silence", { port: await listen(createServer(() => undefined)) })).toBe(true);
    await settled();
  });

  test("of another kind goes Node's own way", async () => {
    expect(await routed.run("pathOfSocket", {} as never)).toBe("ENOENT");
    expect(routed.asked).toEqual([]);
  });
});

describe("HTTP", () => {
  const answer: Parameters<typeof createHttpServer>[1] = (request, response) => {
    request.resume().on("end", () => response.end(`${request.method} ${request.url}`));
  };
  const answers = ["POST /path", "POST /path", "POST /path"];

  test("keeps a connection from request to request", async () => {
    const port = await listen(createHttpServer(answer));
    expect(await routed.run("keepAlive", { port })).toEqual(answers);
    expect(routed.asked).toEqual([`localhost:${port}`]);
    await settled();
  });

  test("over TLS, too", async () => {
    const port = await listen(createHttpsServer(identity, answer));
    expect(await routed.run("keepAlive", { port, ca })).toEqual(answers);
    expect(routed.asked).toEqual([`localhost:${port}`]);
    await settled();
  });

  test.each(["http:", "https:"])("fails by %s with what clients look for", async (scheme) => {
    expect(await routed.run("failRequest", { url: `${scheme}//a.denied.example/` })).toMatchObject({ code: "EACCES" });
  });

  test("in version 2", async () => {
    const server = createSecureServer(identity, (request, response) => response.end(`two: ${request.url}`));
    const port = await listen(server);
    expect(await routed.run("http2", { port, ca })).toBe("two: /two");
    await settled();
  });
});

test("a WebSocket is led through the host", async () => {
  const server = createHttpServer();
  server.on("upgrade", (request, socket) => {
    const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    const head = ["HTTP/1.1 101 Switching Protocols", "upgrade: websocket", "connection: upgrade"];
    socket.write([...head, `sec-websocket-accept: ${accept}`, "", ""].join("\r\n"));
    // One short frame of text: its mask is four bytes from the third on; it goes back without. What follows is the farewell.
    let frame = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      frame = Buffer.concat([frame, chunk]);
      if (frame.length < 6 + (frame[1]! & 0x7f)) return;
      const text = frame.subarray(6).map((byte, i) => byte ^ frame[2 + (i % 4)]!);
      if (frame[0] === 0x81) socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
      else socket.end();
      frame = Buffer.alloc(0);
    });
  });
  const port = await listen(server);
  expect(await routed.run("webSocket", { port, say: "hello" })).toBe("hello");
  expect(routed.asked).toEqual([`localhost:${port}`]);
  await settled();
});

describe("TLS", () => {
  const echoSecurely = (): Promise<number> =>
    listen(createTlsServer({ ...identity, allowHalfOpen: true }, (socket) => socket.pipe(socket)));

  test("begins by itself, or on a socket that connects or has connected", async () => {
    const port = await echoSecurely();
    expect(await routed.run("secure", { port, ca })).toEqual({
      heard: ["hello", "hello", "hello", "hello"],
      seen: ["connect", "secureConnect"],
      connecting: true,
      wasCalled: true,
      peerName: "localhost",
    });
    expect(routed.asked).toEqual(Array.from({ length: 4 }, () => `localhost:${port}`));
    await settled();
  });

  test("checks who is at the other end", async () => {
    const codes = await routed.run("failSecurely", { port: await echoSecurely(), ca });
    expect(codes).toEqual(["DEPTH_ZERO_SELF_SIGNED_CERT", "ERR_TLS_CERT_ALTNAME_INVALID", "EACCES"]);
    await settled();
  });
});

test("a name is looked up by the host, so here it stands for itself", async () => {
  expect(await routed.run("names", {} as never)).toEqual({
    byCallback: ["db.example", 4],
    all: [{ address: "::1", family: 6 }],
    promised: { address: "db.example", family: 4 },
  });
});

test("the global fetch is the host's, and fails as the web's does", async () => {
  expect(await routed.run("fetches", {} as never)).toEqual({
    answer: {
      url: "https://api.example/a?b=1",
      method: "PUT",
      headers: [
        ["content-type", "text/plain;charset=UTF-8"],
        ["x-a", "1"],
      ],
      body: "text",
    },
    denied: {
      name: "TypeError",
      message: "fetch failed",
      code: "EACCES",
      why: "fetch EACCES denied.example: it was not granted",
    },
    slow: "TimeoutError",
    wrong: "TypeError",
  });
});
