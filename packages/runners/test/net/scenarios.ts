import dns, { lookup } from "node:dns";
import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import { connect as connectHttp2 } from "node:http2";
import { connect, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectSecurely, type ConnectionOptions, type TLSSocket } from "node:tls";

/** What happened to a socket, in order. */
function watch(socket: Socket, names: readonly string[]): string[] {
  const seen: string[] = [];
  for (const name of names) {
    socket.on(name, (...args: unknown[]) => {
      const [error] = args;
      seen.push(error instanceof Error ? `${name} ${(error as { code?: string }).code}` : name);
    });
  }
  return seen;
}

const EVENTS = ["connect", "ready", "secureConnect", "end", "finish", "timeout", "error", "close"];

/** Says something, reads to the end. */
export async function talk({ port, say }: { port: number; say: string }) {
  const socket = connect(port, "echo.example");
  const seen = watch(socket, EVENTS);
  const closed = once(socket, "close");
  const before = { connecting: socket.connecting, pending: socket.pending, readyState: socket.readyState };
  socket.setNoDelay(true).setKeepAlive(true, 1_000).setTimeout(60_000).unref().ref();
  socket.write(say.slice(0, 2));
  socket.write(say.slice(2, 4), "latin1");
  socket.end(Buffer.from(say.slice(4)));
  await once(socket, "connect");
  const { remoteAddress, remotePort, remoteFamily, connecting, pending, readyState } = socket;
  const heard = await text(socket);
  await closed;
  const { bytesRead, bytesWritten, destroyed } = socket;
  return {
    before,
    connected: { remoteAddress, remotePort, remoteFamily, connecting, pending, readyState },
    heard,
    seen,
    after: { bytesRead, bytesWritten, destroyed },
  };
}

/** How a connection to a place fails. */
export async function fail({ host, port }: { host: string; port: number }) {
  const socket = new Socket();
  const seen = watch(socket, EVENTS);
  const failed = once(socket, "error") as Promise<[Error & Record<string, unknown>]>;
  socket.connect({ host, port });
  socket.write("never sent");
  const [error] = await failed;
  await once(socket, "close"); // later than the error, never in the same turn
  const { message, code, syscall, address, hostname, port: place } = error;
  return { message, code, syscall, address, hostname, port: place, seen };
}

/** Many bytes each way, by a reader that stops now and then. */
export async function pump({ port, bytes }: { port: number; bytes: number }) {
  const socket = connect({ port, host: "echo.example" });
  const sent = Buffer.alloc(bytes, "abcdefgh");
  socket.end(sent);
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if (chunks.length % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { isSame: Buffer.concat(chunks).equals(sent), bytesRead: socket.bytesRead, bytesWritten: socket.bytesWritten };
}

/** Gives up before, at and after connecting. */
export async function giveUp({ port }: { port: number }) {
  const early = connect(port, "echo.example");
  const seen = watch(early, EVENTS);
  early.destroy();
  await once(early, "close");
  const late = connect(port, "echo.example");
  await once(late, "connect");
  const writing = new Promise((resolve) => late.write("x", resolve));
  await writing;
  late.destroy();
  await once(late, "close");
  const reset = connect(port, "echo.example");
  await once(reset, "connect");
  reset.resetAndDestroy();
  await once(reset, "close");
  return { seen, writable: late.writable };
}

/** Connects again what was closed. */
export async function again({ port }: { port: number }) {
  const socket = new Socket();
  const heard: string[] = [];
  for (const word of ["one", "two"]) {
    const closed = once(socket, "close");
    socket.connect(port, "echo.example");
    socket.end(word);
    heard.push(await text(socket));
    await closed;
  }
  return heard;
}

/** A silent other side. */
export async function silence({ port }: { port: number }) {
  const socket = connect(port, "silent.example");
  await once(socket, "connect");
  socket.setTimeout(20);
  await once(socket, "timeout");
  const isAlive = !socket.destroyed;
  socket.destroy();
  return isAlive;
}

const requests = (agent: http.Agent, url: string, module: typeof http | typeof https, options: object) =>
  new Promise<string>((resolve, reject) => {
    const request = module.request(url, { agent, method: "POST", ...options }, (response) => {
      text(response).then(resolve, reject);
    });
    request.on("error", reject);
    request.end("hello");
  });

/** Three requests on one kept connection. */
export async function keepAlive({ port, ca }: { port: number; ca?: string }) {
  const module = ca === undefined ? http : https;
  const agent = new module.Agent({ keepAlive: true, maxSockets: 1 });
  const url = `${ca === undefined ? "http" : "https"}://localhost:${port}/path`;
  const options = ca === undefined ? {} : { ca };
  const answers: string[] = [];
  for (let i = 0; i < 3; i++) answers.push(await requests(agent, url, module, options));
  agent.destroy();
  return answers;
}

/** How a request to a place fails. */
export async function failRequest({ url }: { url: string }) {
  const module = url.startsWith("https:") ? https : http;
  const [error] = (await once(module.get(url), "error")) as [Error & { code: string }];
  return { code: error.code, message: error.message };
}

const greet = async (socket: TLSSocket): Promise<string> => {
  if (!socket.authorized) await once(socket, "secureConnect");
  socket.end("hello");
  return await text(socket);
};

/** TLS by all the ways there are. */
export async function secure({ port, ca }: { port: number; ca: string }) {
  const options: ConnectionOptions = { ca, servername: "localhost" };
  const byPort = connectSecurely(port, "localhost", options);
  const seen = watch(byPort, ["connect", "secureConnect"]);
  const connecting = byPort.connecting;
  const first = await greet(byPort);
  const plain = connect(port, "localhost");
  const second = await greet(connectSecurely({ ...options, socket: plain }));
  const ready = connect(port, "localhost");
  await once(ready, "connect");
  const third = await greet(connectSecurely({ ...options, socket: ready }));
  const calledBack = Promise.withResolvers<boolean>();
  const fourth = connectSecurely({ ...options, port, host: "localhost" }, () => calledBack.resolve(true));
  const wasCalled = await calledBack.promise;
  const peerName = fourth.getPeerCertificate().subject.CN;
  return { heard: [first, second, third, await greet(fourth)], seen, connecting, wasCalled, peerName };
}

/** How TLS fails: a certificate nobody vouches for, another name, a host that was not granted. */
export async function failSecurely({ port, ca }: { port: number; ca: string }) {
  const codes: string[] = [];
  for (const options of [
    { port, host: "localhost" },
    { port, host: "other.example", ca },
    { port, host: "a.denied.example", ca },
  ]) {
    const socket = connectSecurely(options);
    const [error] = (await once(socket, "error")) as [Error & { code: string }];
    codes.push(error.code);
  }
  return codes;
}

/** HTTP/2 over TLS. */
export async function http2({ port, ca }: { port: number; ca: string }) {
  const session = connectHttp2(`https://localhost:${port}`, { ca });
  const stream = session.request({ ":path": "/two" });
  const body = await text(stream);
  session.close();
  await once(session, "close");
  return body;
}

/** Looking names up, in both ways. */
export async function names() {
  const byCallback = await new Promise((resolve, reject) => {
    lookup("db.example", (error, address, family) => (error ? reject(error) : resolve([address, family])));
  });
  const all = await new Promise((resolve, reject) => {
    lookup("::1", { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
  return { byCallback, all, promised: await dns.promises.lookup("db.example") };
}

/** The global fetch: what goes out, and how it fails. */
export async function fetches() {
  const request = new Request("https://api.example/a?b=1", { method: "PUT", headers: { "x-a": "1" }, body: "text" });
  const answer = (await (await fetch(request)).json()) as Record<string, unknown>;
  const denied = await fetch("https://denied.example/").catch((error: Error & { cause: Error & { code: string } }) => ({
    name: error.name,
    message: error.message,
    code: error.cause.code,
    why: error.cause.message,
  }));
  const signal = AbortSignal.timeout(20);
  const slow = await fetch("https://slow.example/", { signal }).catch((error: Error) => error.name);
  const wrong = await fetch("not an address").catch((error: Error) => error.name);
  return { answer, denied, slow, wrong };
}

/** A way that is not TCP. */
export async function pathOfSocket() {
  const [error] = (await once(connect("/nowhere/socket"), "error")) as [Error & { code: string }];
  return error.code;
}

/** A WebSocket: says something, hears it again. */
export async function webSocket({ port, say }: { port: number; say: string }) {
  const socket = new WebSocket(`ws://localhost:${port}/chat`);
  socket.addEventListener("open", () => socket.send(say));
  const heard = await new Promise((resolve, reject) => {
    socket.addEventListener("message", ({ data }) => resolve(data));
    socket.addEventListener("error", () => reject(new Error("the socket failed")));
  });
  socket.close();
  return heard;
}
