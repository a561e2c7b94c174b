import { once } from "node:events";
import { createConnection } from "node:net";
import { MessageChannel, Worker } from "node:worker_threads";
import { systemClock } from "@berth/base";
import { type Capabilities, type Connection, HostError } from "@berth/contract";
import { Peer, portLink } from "@berth/protocol";
import { serveCapabilities } from "../../src/remote/serve-capabilities.ts";
import type * as scenarios from "./scenarios.ts";

/** A thread whose network leads through this one, where it is a real one. */
export interface Routed extends AsyncDisposable {
  /** Runs a scenario in the thread. */
  run<Name extends keyof typeof scenarios>(
    name: Name,
    params: Parameters<(typeof scenarios)[Name]>[0],
  ): Promise<Awaited<ReturnType<(typeof scenarios)[Name]>>>;
  /** `host:port` of every connection asked for. */
  readonly asked: string[];
  /** Connections open now. */
  readonly open: Set<Connection>;
}

/** Starts the thread. Hosts below `denied.example` are denied, `full.example` is one too many, `none.example` does not exist. */
export async function openRouted(): Promise<Routed> {
  await using opened = new AsyncDisposableStack();
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL("routed-worker.ts", import.meta.url), {
    workerData: { port: port2 },
    transferList: [port2],
  });
  opened.defer(async () => void (await worker.terminate()));
  const asked: string[] = [];
  const open = new Set<Connection>();
  const peer = opened.use(new Peer({ link: portLink(port1), clock: systemClock }));
  const connect: Capabilities["connect"] = async ({ host, port }, signal) => {
    asked.push(`${host}:${port}`);
    return await dial(host, port, signal, open);
  };
  const capabilities: Pick<Capabilities, "connect" | "fetch"> = { connect, fetch: echoFetch };
  serveCapabilities(peer, () => capabilities as Capabilities);
  const owned = opened.move();
  return {
    asked,
    open,
    run: async (name, params) => (await peer.request("run", { name, params })) as never,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function dial(host: string, port: number, signal: AbortSignal, open: Set<Connection>): Promise<Connection> {
  if (host.endsWith("denied.example")) throw new HostError("PERMISSION_DENIED", "it was not granted; ask for it");
  if (host === "full.example") throw new HostError("LIMIT_EXCEEDED", "10 connections are open");
  const socket = createConnection({ host: "127.0.0.1", port, allowHalfOpen: true });
  try {
    if (host === "none.example") throw Object.assign(new Error("x"), { code: "ENOTFOUND" });
    await once(socket, "connect", { signal });
  } catch (error) {
    socket.destroy();
    const reason = (error as { code: string }).code;
    throw new HostError("CAPABILITY_FAILED", `Cannot connect: ${reason}`, { details: { reason } });
  }
  const chunks = socket.iterator({ destroyOnReturn: false });
  const connection: Connection = {
    remoteAddress: socket.remoteAddress!,
    remotePort: socket.remotePort!,
    read: async () => (await chunks.next()).value as Uint8Array | undefined,
    write: (bytes) =>
      new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
    end: () => void socket.end(),
    [Symbol.dispose]: () => void socket.destroy(),
  };
  open.add(connection);
  socket.on("error", () => undefined);
  socket.once("close", () => open.delete(connection));
  return connection;
}

const echoFetch: Capabilities["fetch"] = async (request) => {
  if (request.url.includes("denied.example")) throw new HostError("PERMISSION_DENIED", "it was not granted");
  if (request.url.includes("slow.example")) return await new Promise(() => undefined);
  const { url, method, headers, body } = request;
  const seen = JSON.stringify({ url, method, headers, body: Buffer.from(body ?? []).toString() });
  return {
    status: 200,
    statusText: "OK",
    url,
    headers: [["content-type", "application/json"]],
    body: Buffer.from(seen),
  };
};
