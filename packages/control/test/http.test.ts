import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { systemClock } from "@berth/base";
import { defaultHostConfig, type HostConfig } from "@berth/kernel/config";
import { createTestHost, type PluginToWrite, type TestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { openHttpListener } from "../src/http/http-listener.ts";
import { type HttpRoute, TEXT } from "../src/http/http-route.ts";
import { HostHttp } from "../src/index.ts";

const silent = { debug: () => undefined, warn: () => undefined };
const anywhere = { host: "127.0.0.1", port: 0 };

const plugin = (name: string, more: Partial<PluginToWrite> = {}, hooks = ""): PluginToWrite => ({
  name,
  provides: { source: [name] },
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    export default definePlugin({
      ${hooks}
      provides: [defineSource("${name}", { create: () => ({ fetch: async () => ({ title: "Hi", lines: [] }) }) })],
    });`,
  ...more,
});

const failing = (name: string): PluginToWrite =>
  plugin(name, {}, `start: () => { throw new Error("no \\u001b[2Jluck with hunter2hunter2"); },`);

const required = 'criticality = "required"';

interface Served extends AsyncDisposable {
  host: TestHost;
  stop: AbortController;
  ask(path: string, init?: RequestInit): Promise<Response>;
}

async function serve(plugins: PluginToWrite[]): Promise<Served> {
  await using opened = new AsyncDisposableStack();
  const http = opened.use(new HostHttp());
  const config: HostConfig = { ...defaultHostConfig(), http: { listen: "0" } };
  const host = opened.use(await createTestHost({ plugins, config }));
  const stop = new AbortController();
  await http.open(host, stop.signal);
  const owned = opened.move();
  return {
    host,
    stop,
    ask: (path, init) => fetch(`http://${http.address}${path}`, { ...init, signal: AbortSignal.timeout(20_000) }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function listener(...routes: HttpRoute[]): Promise<Awaited<ReturnType<typeof openHttpListener>>> {
  return openHttpListener({ listen: anywhere, routes, clock: systemClock, log: silent });
}

const hello: HttpRoute = { path: "/hello", handle: async () => ({ status: 200, type: TEXT, body: "hello\n" }) };

describe("/livez and /readyz", () => {
  test("tell alive from ready: not while it starts, not from the moment it stops [BWK-4]", async () => {
    await using served = await serve([plugin("calm", { manifest: required })]);
    expect((await served.ask("/livez")).status).toBe(200);
    expect((await served.ask("/readyz")).status).toBe(503);
    await served.host.start(AbortSignal.timeout(20_000));
    const ready = await served.ask("/readyz");
    expect([ready.status, await ready.text()]).toEqual([200, "ok\n"]);
    // The host's own checks come when they are due.
    expect(await (await served.ask("/readyz?verbose")).text()).toMatch(
      /^\[\+\] host: ok\n(?:\[\+\] host\/\w+: ok\n)*\[\+\] plugin\/calm: ok\nok\n$/,
    );
    served.stop.abort();
    const stopping = await served.ask("/readyz");
    expect([stopping.status, await stopping.text()]).toEqual([503, "[-] the host is stopping\nnot ready\n"]);
    expect((await served.ask("/livez")).status).toBe(200);
  });

  test("are not ready without a required plugin, unless it is left out of account [BWK-4] [BWK-7]", async () => {
    await using served = await serve([plugin("needed", { manifest: required }), failing("spare")]);
    await served.host.start(AbortSignal.timeout(20_000));
    await served.host.plugins.get("needed").deactivate();
    const down = await served.ask("/readyz");
    expect([down.status, await down.text()]).toEqual([
      503,
      "[-] plugin/needed is required, and not there\nnot ready\n",
    ]);
    expect((await served.ask("/readyz?exclude=needed")).status).toBe(200);
    expect((await served.ask("/livez")).status).toBe(200);
  });
});

describe("/health", () => {
  test("tells each plugin's health, text neutralised and secrets hidden; an optional one only degrades [BWK-4] [FLX-20]", async () => {
    await using served = await serve([plugin("calm"), failing("spare")]);
    served.host.masker.register("hunter2hunter2");
    await served.host.start(AbortSignal.timeout(20_000));
    await served.host.plugins.get("calm").activate(AbortSignal.timeout(20_000));
    await served.host.plugins
      .get("spare")
      .activate(AbortSignal.timeout(20_000))
      .catch(() => undefined);
    const answer = await served.ask("/health?verbose");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toMatchObject({
      version: 1,
      health: "degraded",
      phase: "serving",
      ready: true,
      checks: expect.arrayContaining([
        expect.objectContaining({ name: "plugin/calm", health: "healthy", required: false, since: expect.any(String) }),
        expect.objectContaining({
          name: "plugin/spare",
          health: "unhealthy",
          message: expect.stringContaining("no \\u001b[2Jluck with ***"),
        }),
      ]),
    });
    expect(await (await served.ask("/healthz?exclude=spare")).json()).toMatchObject({ health: "healthy" });
    expect(await (await served.ask("/health", { headers: { accept: "text/plain" } })).text()).toBe("degraded\n");
  });
});

describe("HostHttp", () => {
  test("listens only where it is told to", async () => {
    await using host = await createTestHost();
    await using http = new HostHttp();
    await http.open(host, new AbortController().signal);
    expect(http.address).toBeUndefined();
  });

  test("says that its address is taken", async () => {
    await using first = await listener(hello);
    const config: HostConfig = { ...defaultHostConfig(), http: { listen: first.address } };
    await using host = await createTestHost({ config });
    await using http = new HostHttp();
    await expect(http.open(host, new AbortController().signal)).rejects.toMatchObject({
      code: "HTTP_UNAVAILABLE",
      message: expect.stringContaining(`Cannot listen at http.listen ${first.address}: `),
    });
  });
});

describe("the HTTP listener", () => {
  test("answers GET and HEAD, and refuses whatever else is tried", async () => {
    await using server = await listener(hello);
    const at = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://${server.address}${path}`, init);
    expect(await (await at("/hello?x=1")).text()).toBe("hello\n");
    const head = await at("/hello", { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "6", ""]);
    expect((await at("/hello", { method: "POST", body: "x" })).status).toBe(405);
    expect((await at(`/${"x".repeat(3_000)}`)).status).toBe(414);
    const missing = await at("/helo");
    expect([missing.status, await missing.text()]).toEqual([404, "there are: /hello\n"]);
  });

  test.each([
    ["a body", "GET /hello HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5\r\n\r\nhello", "413"],
    ["a body in pieces", "GET /hello HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n", "413"],
    ["the name of another server", "GET /hello HTTP/1.1\r\nhost: rebound.example\r\nconnection: close\r\n\r\n", "421"],
    ["a wish to go on", "GET /hello HTTP/1.1\r\nhost: 127.0.0.1\r\nexpect: 100-continue\r\n\r\n", "413"],
  ])("refuses %s", async (_what, request, status) => {
    await using server = await listener(hello);
    expect(await said(server.address, request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  test.each([
    ["no HTTP", "\u0016\u0003\u0001 hello\r\n\r\n"],
    ["headers without an end", `GET / HTTP/1.1\r\nx: ${"y".repeat(20_000)}\r\n\r\n`],
    ["another protocol", "GET /hello HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"],
  ])("ends a connection with %s, and goes on with others", async (_what, request) => {
    await using server = await listener(hello);
    expect(await said(server.address, request)).not.toMatch(/^HTTP\/1.1 200/);
    expect((await fetch(`http://${server.address}/hello`)).status).toBe(200);
  });

  test("says nothing of what went wrong inside", async () => {
    const broken: HttpRoute = { path: "/broken", handle: () => Promise.reject(new Error("secret")) };
    await using server = await listener(broken);
    const answer = await fetch(`http://${server.address}/broken`);
    expect([answer.status, await answer.text()]).toEqual([500, "the answer could not be made; see the host's log\n"]);
  });

  test("lets an answer under way be read when it closes, and waits for no idle connection", async () => {
    const asked = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow: HttpRoute = {
      path: "/slow",
      handle: async () => {
        asked.resolve();
        await release.promise;
        return { status: 200, type: TEXT, body: "late\n" };
      },
    };
    const server = await listener(slow);
    const [host, port] = server.address.split(":");
    await using _idle = connect(Number(port), host);
    const answer = fetch(`http://${server.address}/slow`);
    await asked.promise;
    const closed = server[Symbol.asyncDispose]();
    release.resolve();
    expect(await (await answer).text()).toBe("late\n");
    await closed;
    await expect(fetch(`http://${server.address}/slow`)).rejects.toThrow();
  });
});

/** All that the server says to a text before it ends the connection. */
async function said(address: string, request: string): Promise<string> {
  const [host, port] = address.split(":");
  await using socket = connect(Number(port), host);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(request);
  return await text(socket).catch(() => "");
}
