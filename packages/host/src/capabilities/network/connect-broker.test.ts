import { mkdtempDisposableSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, systemClock } from "@berth/base";
import type { Connection } from "@berth/contract";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { serve } from "../../../test/http-server.ts";
import { codeOf, get, never, openCapabilities, until } from "../../../test/open-capabilities.ts";
import { createPluginBudget } from "../plugin-budget.ts";
import { createLog, Masker } from "../../log/index.ts";
import type { Lookup } from "./lookup.ts";

interface RawServer extends AsyncDisposable {
  port: number;
  sockets: Set<Socket>;
  /** Open at once, at most. */
  most: number;
}

async function listen(onSocket: (socket: Socket) => void = () => undefined): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    made.most = Math.max(made.most, sockets.size);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const made: RawServer = {
    port: (server.address() as AddressInfo).port,
    sockets,
    most: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return made;
}

const echo = (): Promise<RawServer> => listen((socket) => socket.pipe(socket));

async function readAll(connection: Connection): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (let bytes = await connection.read(); bytes; bytes = await connection.read()) chunks.push(bytes);
  return Buffer.concat(chunks);
}

describe("connect", () => {
  test("reaches a socket of this machine that was granted by its own name, and by nothing else [RPT-44, RPT-65]", async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "berth-test-"));
    const path = join(folder.path, "engine.sock");
    const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    const entry = `unix:${path}`;
    await using probe = await openCapabilities({ grant: { network: [entry] } });
    const connection = await probe.capabilities.connect({ host: `unix://${path}`, port: 0 }, never());
    await connection.write(Buffer.from("hello"));
    connection.end();
    expect(String(await readAll(connection))).toBe("hello");
    expect(probe.used).toMatchObject([{ what: { kind: "connect", host: entry, port: 0 }, entry }]);
    await using any = await openCapabilities({ grant: { network: ["*", "*.sock", "localhost", `${entry}er`] } });
    await expect(any.capabilities.connect({ host: entry, port: 0 }, never())).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: `Cannot connect to ${entry}: it was not granted; ask for it in permissions.network`,
    });
    await using configured = await openCapabilities({ grant: { configuredHosts: [entry] } });
    (await configured.capabilities.connect({ host: entry, port: 0 }, never()))[Symbol.dispose]();
  });

  test("carries bytes both ways to a granted host, and is counted under its entry [RPT-44]", async () => {
    await using server = await echo();
    const entry = `127.0.0.1:${server.port}`;
    await using probe = await openCapabilities({ grant: { network: ["api.example.org", entry] } });
    const connection = await probe.capabilities.connect({ host: "127.0.0.1", port: server.port }, never());
    expect([connection.remoteAddress, connection.remotePort]).toEqual(["127.0.0.1", server.port]);
    await connection.write(Buffer.from("hello "));
    await connection.write(Buffer.from("there"));
    connection.end();
    expect(String(await readAll(connection))).toBe("hello there");
    expect(await connection.read()).toBeUndefined();
    expect(probe.used).toMatchObject([
      { capability: "connect", what: { kind: "connect", host: "127.0.0.1", port: server.port }, entry },
    ]);
    await until(() => server.sockets.size === 0);
  });

  test.each<[string, number, string]>([
    ["127.0.0.1", 9, "it was not granted; ask for it in permissions.network"],
    ["other.example", 443, "it was not granted; ask for it in permissions.network"],
    [
      "some.example",
      443,
      "only requests by fetch were granted (GET some.example; some.example/v1/*), since the host cannot see what passes through a connection",
    ],
  ])("to %s:%i is denied, and says why", async (host, port, why) => {
    const grant = { network: ["api.example.org", "GET some.example", "some.example/v1/*"] };
    await using probe = await openCapabilities({ grant });
    await expect(probe.capabilities.connect({ host, port }, never())).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: `Cannot connect to ${host}:${port}: ${why}`,
    });
    expect(probe.denied).toMatchObject([
      { capability: "connect", what: `connect ${host}:${port}`, use: { kind: "connect", host, port } },
    ]);
    expect(probe.used).toEqual([]);
  });

  test.each([
    [undefined],
    [{ host: "a.org" }],
    [{ host: 7, port: 80 }],
    [{ host: "a.org", port: "80" }],
    [{ host: "a.org", port: 0 }],
    [{ host: "a.org", port: 65_536 }],
    [{ host: "a.org", port: 80.5 }],
    [{ host: "a.org/x", port: 80 }],
    [{ host: "user@a.org", port: 80 }],
    [{ host: "", port: 80 }],
  ])("refuses %j as malformed", async (request) => {
    await using probe = await openCapabilities({ grant: { network: ["*"] } });
    expect(await codeOf(probe.capabilities.connect(request as never, never()))).toBe("CONTRACT_BROKEN");
  });

  test.each([
    "127.0.0.1",
    "10.0.0.7",
    "192.168.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "::ffff:127.0.0.1",
  ])("is not led by a granted name to %s", async (address) => {
    await using server = await echo();
    const lookup: Lookup = async () => [{ address, family: address.includes(":") ? 6 : 4 }];
    const network = [`rebound.example:${server.port}`];
    await using probe = await openCapabilities({ grant: { network }, lookup });
    const call = probe.capabilities.connect({ host: "rebound.example", port: server.port }, never());
    await expect(call).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringContaining("its name leads to this machine or its network"),
    });
    expect(probe.denied).toMatchObject([{ what: `connect rebound.example:${server.port} at ${address}` }]);
    expect(server.most).toBe(0);
  });

  test("looks a name up once, and dials what it checked", async () => {
    await using server = await echo();
    const answers = ["127.0.0.1", "169.254.169.254"];
    const lookup: Lookup = async () => [{ address: answers.shift()!, family: 4 }];
    await using probe = await openCapabilities({
      grant: {
        configuredHosts: [`db.example:${server.port}`],
        configuredFrom: new Map([[`db.example:${server.port}`, "config:db"]]),
      },
      lookup,
    });
    using connection = await probe.capabilities.connect({ host: "DB.example.", port: server.port }, never());
    expect([connection.remoteAddress, answers.length]).toEqual(["127.0.0.1", 1]);
    expect(probe.used).toMatchObject([{ what: { host: "db.example" }, entry: "config:db" }]);
  });

  test.each([
    ["ECONNREFUSED", "nobody listens there", async () => [{ address: "127.0.0.1", family: 4 }]],
    ["ENOTFOUND", "there is no such host", () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" }))],
  ] as [string, string, Lookup][])("that fails tells the code %s", async (reason, words, lookup) => {
    const port = await (async () => {
      await using server = await listen();
      return server.port;
    })();
    await using probe = await openCapabilities({ grant: { configuredHosts: [`db.example:${port}`] }, lookup });
    await expect(probe.capabilities.connect({ host: "db.example", port }, never())).rejects.toMatchObject({
      code: "CAPABILITY_FAILED",
      message: `Cannot connect to db.example:${port}: ${words}`,
      details: { reason },
    });
    expect(probe.denied).toEqual([]);
  });

  test("is given up after ten seconds", async () => {
    const clock = new ManualClock();
    const lookup: Lookup = () => new Promise(() => undefined);
    await using probe = await openCapabilities({ clock, grant: { network: ["*"] }, lookup });
    const call = probe.capabilities.connect({ host: "slow.example", port: 443 }, never());
    const failing = expect(call).rejects.toMatchObject({ code: "CAPABILITY_FAILED", details: { reason: "ETIMEDOUT" } });
    await vi.waitFor(() => expect(clock.pendingTimers).toBeGreaterThan(0));
    await clock.advance(10_000);
    await failing;
  });

  test("is closed when nobody used it for a quarter of an hour", async () => {
    const clock = new ManualClock();
    await using server = await echo();
    await using probe = await openCapabilities({ clock, grant: { network: [`127.0.0.1:${server.port}`] } });
    const connection = await probe.capabilities.connect({ host: "127.0.0.1", port: server.port }, never());
    await clock.advance(14 * 60_000);
    await connection.write(Buffer.from("x"));
    await connection.read();
    await clock.advance(14 * 60_000);
    expect(server.sockets.size).toBe(1);
    await clock.advance(60_000);
    await expect(connection.read()).rejects.toMatchObject({
      code: "CAPABILITY_FAILED",
      message: `Cannot go on with 127.0.0.1:${server.port}: nothing was sent or received for 15 minutes`,
    });
    await until(() => server.sockets.size === 0);
    expect(clock.pendingTimers).toBe(0);
  });

  test("ends with the plugin, and when it is given up on the way", async () => {
    await using server = await echo();
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    const open = () => probe.capabilities.connect({ host: "127.0.0.1", port: server.port }, never());
    const [first] = [await open(), await open()];
    const reading = codeOf(first.read());
    await probe.capabilities[Symbol.asyncDispose]();
    await until(() => server.sockets.size === 0);
    expect(await reading).toBe("CAPABILITY_FAILED");
    expect(await codeOf(open())).toBe("CALL_CANCELLED");

    let resolve: (found: []) => void = () => undefined;
    const lookup: Lookup = () => new Promise((done) => (resolve = done));
    await using other = await openCapabilities({ grant: { network: ["*"] }, lookup });
    const giveUp = new AbortController();
    const call = codeOf(other.capabilities.connect({ host: "slow.example", port: 443 }, giveUp.signal));
    giveUp.abort();
    expect(await call).toBe("CALL_CANCELLED");
    resolve([]);
  });

  test("tells of a connection that broke", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.resetAndDestroy()));
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    using connection = await probe.capabilities.connect({ host: "127.0.0.1", port: server.port }, never());
    await connection.write(Buffer.from("x"));
    await expect(connection.read()).rejects.toMatchObject({
      code: "CAPABILITY_FAILED",
      details: { reason: "ECONNRESET" },
    });
  });

  test("takes neither what is no bytes, nor too much at once, nor two readers", async () => {
    await using server = await listen();
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    using connection = await probe.capabilities.connect({ host: "127.0.0.1", port: server.port }, never());
    expect(await codeOf(connection.write("text" as never))).toBe("CONTRACT_BROKEN");
    expect(await codeOf(connection.write(new Uint8Array(1_048_577)))).toBe("LIMIT_EXCEEDED");
    void connection.read().catch(() => undefined);
    expect(await codeOf(connection.read())).toBe("CONTRACT_BROKEN");
  });

  test("does not pile up what a plugin writes without waiting, while nobody reads", async () => {
    await using server = await listen((socket) => socket.pause());
    await using probe = await openCapabilities({
      grant: { network: [`127.0.0.1:${server.port}`] },
      limits: { network_mb_per_sec: 10_000 },
    });
    using connection = await probe.capabilities.connect({ host: "127.0.0.1", port: server.port }, never());
    const refused = Promise.withResolvers<string>();
    // Those that find no room are refused at once; the others wait for a reader that never comes.
    for (let i = 0; i < 40; i++) {
      const write = codeOf(connection.write(new Uint8Array(1_000_000)));
      void write.then((code) => code !== "(no error)" && refused.resolve(code));
    }
    expect(await refused.promise).toBe("LIMIT_EXCEEDED");
  });

  test("keeps the bytes of a plugin as they were when it wrote them", async () => {
    await using server = await echo();
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    using connection = await probe.capabilities.connect({ host: "127.0.0.1", port: server.port }, never());
    const bytes = Buffer.from("before");
    const writing = connection.write(bytes);
    bytes.write("after!");
    await writing;
    expect(String(await connection.read())).toBe("98,101,102,111,114,101");
  });
});

describe("limits.network_connections", () => {
  test("holds connections and requests of all instances together, exactly [OPS-55]", async () => {
    await using server = await listen((socket) => socket.pause());
    const told: unknown[] = [];
    const log = createLog({ sink: () => undefined, level: "error", clock: systemClock, masker: new Masker() });
    const limits = { network_connections: 5 };
    using budget = createPluginBudget({
      plugin: { name: "probe" },
      dataFolder: "/nowhere",
      limits,
      clock: systemClock,
      log,
      onLimit: (event) => told.push(event),
    });
    const grant = { network: [`127.0.0.1:${server.port}`] };
    await using one = await openCapabilities({ grant, limits, budget });
    await using other = await openCapabilities({ grant, limits, budget });
    const target = { host: "127.0.0.1", port: server.port };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 64 }, (_, i) => (i % 2 ? one : other).capabilities.connect(target, never())),
    );
    const open = outcomes.filter((outcome) => outcome.status === "fulfilled").map(({ value }) => value);
    await until(() => server.sockets.size === 5);
    expect([open.length, server.most, budget.connections.open]).toEqual([5, 5, 5]);
    expect(told).toHaveLength(59);
    expect(told[0]).toEqual({ limit: "network_connections", allowed: 5, used: 6, action: "refused" });
    for (const connection of open) connection[Symbol.dispose]();
    await until(() => budget.connections.open === 0);
  });

  test("lets a request wait for a connection to end, and keeps no more than there are places", async () => {
    await using server = await serve((_request, response) => response.end("x"));
    await using probe = await openCapabilities({
      grant: { network: [`127.0.0.1:${server.port}`] },
      limits: { network_connections: 2 },
    });
    const { capabilities } = probe;
    const target = { host: "127.0.0.1", port: server.port };
    const held = [await capabilities.connect(target, never()), await capabilities.connect(target, never())];
    const waiting = capabilities.fetch(get(server.url), never());
    expect(await codeOf(capabilities.connect(target, never()))).toBe("LIMIT_EXCEEDED");
    held[0]![Symbol.dispose]();
    expect((await waiting).status).toBe(200);
    // The request's own connection is kept, and makes room for one that is needed.
    using third = await capabilities.connect(target, never());
    expect(third.remotePort).toBe(server.port);
    held[1]![Symbol.dispose]();
    await Promise.all(Array.from({ length: 20 }, () => capabilities.fetch(get(server.url), never())));
    expect(server.sockets.size).toBeLessThanOrEqual(2);
  });

  test("with one connection, requests to several places go one after the other", async () => {
    const servers = [
      await serve((_r, response) => response.end("a")),
      await serve((_r, response) => response.end("b")),
    ];
    await using owner = new AsyncDisposableStack();
    for (const server of servers) owner.use(server);
    await using probe = await openCapabilities({
      grant: { network: servers.map(({ port }) => `127.0.0.1:${port}`) },
      limits: { network_connections: 1 },
    });
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const { body } = await probe.capabilities.fetch(get(servers[i % 2]!.url), never());
        return String(Buffer.from(body));
      }),
    );
    expect(answers).toEqual(["a", "b", "a", "b", "a", "b", "a", "b"]);
  });

  test("0 lets nothing out", async () => {
    await using server = await serve((_request, response) => response.end("x"));
    await using probe = await openCapabilities({
      grant: { network: [`127.0.0.1:${server.port}`] },
      limits: { network_connections: 0 },
    });
    expect(await codeOf(probe.capabilities.fetch(get(server.url), never()))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(probe.capabilities.connect({ host: "127.0.0.1", port: server.port }, never()))).toBe(
      "LIMIT_EXCEEDED",
    );
    expect(server.connections).toBe(0);
  });
});

describe("limits.network_mb_per_sec", () => {
  /** What passes in so many seconds of the clock, by a transfer that goes on for ever. */
  async function passedIn(
    seconds: number,
    transfer: (probe: Awaited<ReturnType<typeof openCapabilities>>, port: number) => Promise<() => number>,
    onSocket: (socket: Socket) => void,
  ): Promise<number> {
    const clock = new ManualClock();
    await using server = await listen(onSocket);
    await using probe = await openCapabilities({
      clock,
      grant: { network: [`127.0.0.1:${server.port}`] },
      limits: { network_mb_per_sec: 1 },
    });
    const passed = await transfer(probe, server.port);
    let last = -1;
    for (let step = 0; step < seconds * 20; step++) {
      // Until nothing moves any more but by the clock.
      do {
        last = passed();
        await new Promise((resolve) => setTimeout(resolve, 2));
      } while (passed() !== last || clock.pendingTimers === 0);
      await clock.advance(50);
    }
    return passed();
  }
  const MIB = 1_048_576;

  test("holds what is received to the rate, by holding the sender back", { tags: ["slow"] }, async () => {
    let sent = 0;
    const received = await passedIn(
      2,
      async (probe, port) => {
        const connection = await probe.capabilities.connect({ host: "127.0.0.1", port }, never());
        let bytes = 0;
        void (async () => {
          for (let chunk = await connection.read(); chunk; chunk = await connection.read()) bytes += chunk.length;
        })().catch(() => undefined);
        return () => bytes;
      },
      (socket) => {
        const chunk = Buffer.alloc(65_536);
        const send = (): void => {
          while (!socket.destroyed && sent < 60 * MIB) {
            sent += chunk.length;
            if (!socket.write(chunk)) return void socket.once("drain", send);
          }
        };
        send();
      },
    );
    expect(received / (2.25 * MIB)).toBeGreaterThan(0.9);
    expect(received / (2.25 * MIB)).toBeLessThan(1.05);
    expect(sent).toBeLessThan(20 * MIB);
  });

  test("holds what is sent to the rate", { tags: ["slow"] }, async () => {
    let arrived = 0;
    await passedIn(
      2,
      async (probe, port) => {
        const connection = await probe.capabilities.connect({ host: "127.0.0.1", port }, never());
        void (async () => {
          for (;;) await connection.write(new Uint8Array(65_536));
        })().catch(() => undefined);
        return () => arrived;
      },
      (socket) => socket.on("data", (chunk: Buffer) => (arrived += chunk.length)),
    );
    expect(arrived / (2.25 * MIB)).toBeGreaterThan(0.9);
    expect(arrived / (2.25 * MIB)).toBeLessThan(1.1);
  });
});
