import { gzipSync, brotliCompressSync, deflateSync, deflateRawSync, zstdCompressSync } from "node:zlib";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { ManualClock } from "@berth/base";
import { type Destination, findDestination, networkRules } from "@berth/kernel/permissions";
import { serve, serveRaw } from "../../../test/http-server.ts";
import { codeOf, get, never, openCapabilities, until } from "../../../test/open-capabilities.ts";
import { guardedLookup } from "../network/guarded-lookup.ts";
import type { Lookup, ResolvedAddress } from "../network/lookup.ts";
import { isOwnAddress, leadsHome } from "../network/own-addresses.ts";

const text = (body: Uint8Array): string => Buffer.from(body).toString();
const LOOPBACK: Lookup = async () => [{ address: "127.0.0.1", family: 4 }];

/** A GET of a server that is granted by its literal address. */
async function fetched(server: { url: string; port: number }, limits = {}) {
  await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] }, limits });
  return await probe.capabilities.fetch(get(server.url), never());
}

describe("name resolution", () => {
  test.each([
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.7",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.100.100.200",
    "0.0.0.0",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
  ])("a granted name that leads to %s is not connected to", async (address) => {
    await using server = await serve((_request, response) => response.end("internal"));
    const lookup: Lookup = async () => [{ address, family: address.includes(":") ? 6 : 4 }];
    await using probe = await openCapabilities({ grant: { network: [`rebound.example:${server.port}`, "*"] }, lookup });
    const call = probe.capabilities.fetch(get(`http://rebound.example:${server.port}/`), never());
    await expect(call).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringContaining("its name leads"),
    });
    expect(probe.denied).toMatchObject([{ what: `connect rebound.example:${server.port} at ${address}` }]);
    expect(server.connections).toBe(0);
  });

  test("a configured name may lead into the own network, and is looked up once a connection", async () => {
    await using server = await serve((_request, response) => response.end("from the shelf"));
    let lookups = 0;
    const lookup: Lookup = (host) => {
      lookups++;
      return LOOPBACK(host);
    };
    await using probe = await openCapabilities({ grant: { configuredHosts: [`nas.example:${server.port}`] }, lookup });
    const answer = await probe.capabilities.fetch(get(`http://nas.example:${server.port}/`), never());
    expect([text(answer.body), lookups]).toEqual(["from the shelf", 1]);
    expect(server.requests[0]!.headers.host).toBe(`nas.example:${server.port}`);
  });

  test("a configured name may not lead to a metadata service", async () => {
    const lookup: Lookup = async () => [{ address: "169.254.169.254", family: 4 }];
    await using probe = await openCapabilities({ grant: { configuredHosts: ["nas.example"] }, lookup });
    expect(await codeOf(probe.capabilities.fetch(get("http://nas.example/"), never()))).toBe("PERMISSION_DENIED");
  });

  test("localhost, named, leads to this machine", async () => {
    await using server = await serve((_request, response) => response.end("here"));
    await using probe = await openCapabilities({ grant: { network: [`localhost:${server.port}`] }, lookup: LOOPBACK });
    expect(text((await probe.capabilities.fetch(get(`http://localhost:${server.port}/`), never())).body)).toBe("here");
  });

  test("localhost, named, leads nowhere else", async () => {
    const lookup: Lookup = async () => [{ address: "93.184.216.34", family: 4 }];
    await using probe = await openCapabilities({ grant: { network: ["localhost:8080"] }, lookup });
    expect(await codeOf(probe.capabilities.fetch(get("http://localhost:8080/"), never()))).toBe("PERMISSION_DENIED");
  });

  test("a name that nobody has is a failure, not a denial", async () => {
    const lookup: Lookup = () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" }));
    await using probe = await openCapabilities({ grant: { network: ["*"] }, lookup });
    await expect(probe.capabilities.fetch(get("http://nobody.example/"), never())).rejects.toMatchObject({
      code: "CAPABILITY_FAILED",
      message: "Cannot fetch from nobody.example:80: there is no such host",
    });
    expect(probe.denied).toEqual([]);
  });

  test("may not lead to an address of this machine that the internet knows, nor may that itself by a wildcard", async () => {
    const own = "93.184.216.34";
    const isOwn = (address: string): boolean => address === own;
    const find = (network: string, host: string) =>
      findDestination(networkRules({ network: [network], configuredHosts: [] }), { host, port: 443 }, "connection");
    const named = find("home.example", "home.example") as Destination;
    const refused = new Error("refused");
    const lookup = guardedLookup(
      named,
      async () => [{ address: own, family: 4 }],
      () => refused,
      isOwn,
    );
    const error = await new Promise((resolve) => lookup("home.example", {}, resolve));
    expect(error).toBe(refused);
    const isHome = (network: string, host: string): boolean => leadsHome(find(network, host) as Destination, isOwn);
    expect([isHome("*", own), isHome(own, own), isHome("*", "93.184.216.35")]).toEqual([true, false, false]);
    expect([isOwnAddress("127.0.0.1"), isOwnAddress("93.184.216.34")]).toEqual([true, false]);
  });

  test("of mixed addresses only those allowed reach the socket", async () => {
    const rules = networkRules({ network: ["*"], configuredHosts: [] });
    const destination = findDestination(rules, { host: "mixed.example", port: 443 }, "connection") as Destination;
    const found: ResolvedAddress[] = [
      { address: "10.0.0.1", family: 4 },
      { address: "93.184.216.34", family: 4 },
      { address: "::1", family: 6 },
      { address: "2606:4700::1111", family: 6 },
    ];
    const lookup = guardedLookup(
      destination,
      async () => found,
      () => new Error("refused"),
    );
    const ask = (options: Parameters<typeof lookup>[1]) =>
      new Promise((resolve, reject) => {
        lookup("mixed.example", options, (error, address, family) =>
          error ? reject(error) : resolve([address, family]),
        );
      });
    expect(await ask({ all: true })).toEqual([[found[1], found[3]], undefined]);
    expect(await ask({ family: 4 })).toEqual(["93.184.216.34", 4]);
    expect(await ask({ family: "IPv6" })).toEqual(["2606:4700::1111", 6]);
  });
});

describe("an answer", () => {
  const body = Buffer.from("a picture of the sea, ".repeat(100));

  test.each<[string, Buffer]>([
    ["gzip", gzipSync(body)],
    ["x-gzip", gzipSync(body)],
    ["GZIP", gzipSync(body)],
    ["br", brotliCompressSync(body)],
    ["deflate", deflateSync(body)],
    ["deflate", deflateRawSync(body)],
    ["zstd", zstdCompressSync(body)],
    ["deflate, gzip", gzipSync(deflateSync(body))],
    ["identity", body],
    ["identity, gzip", gzipSync(body)],
  ])("compressed by %s is given as it was meant", async (coding, sent) => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": coding, "content-length": sent.length }).end(sent);
    });
    const answer = await fetched(server);
    expect(Buffer.from(answer.body).equals(body)).toBe(true);
    const isCompressed = coding !== "identity";
    expect(answer.headers.some(([name]) => name === "content-length")).toBe(!isCompressed);
  });

  test.each<[string, Buffer]>([
    ["gzip", gzipSync(Buffer.alloc(64 * 1_048_576))],
    ["br", brotliCompressSync(Buffer.alloc(64 * 1_048_576))],
    ["deflate", deflateSync(Buffer.alloc(64 * 1_048_576))],
    ["zstd", zstdCompressSync(Buffer.alloc(64 * 1_048_576))],
    ["gzip, gzip", gzipSync(gzipSync(Buffer.alloc(64 * 1_048_576)))],
  ])("that is a bomb in %s is stopped at its bound", async (coding, bomb) => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": coding }).end(bomb);
    });
    const before = process.memoryUsage().rss;
    await expect(fetched(server, { response_mb: 1 })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: "The answer is larger than 1048576 bytes; raise limits.response_mb if that is right",
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1_048_576);
  });

  test.each<[string, string, Buffer]>([
    ["compressed three times over", "gzip, gzip, gzip", body],
    ["cut short in its compression", "gzip", gzipSync(body).subarray(0, 40)],
    ["that only claims to be compressed", "gzip", body],
    ["that only claims to be compressed by br", "br", body],
  ])("%s is a failure", async (_title, coding, sent) => {
    await using server = await serve((_request, response) =>
      response.writeHead(200, { "content-encoding": coding }).end(sent),
    );
    expect(await codeOf(fetched(server))).toBe("CAPABILITY_FAILED");
  });

  test("in an encoding nobody knows is given as it came", async () => {
    await using server = await serve((_request, response) =>
      response.writeHead(200, { "content-encoding": "own" }).end(body),
    );
    const answer = await fetched(server);
    expect(Buffer.from(answer.body).equals(body)).toBe(true);
    expect(answer.headers).toContainEqual(["content-encoding", "own"]);
  });

  test.each([204, 304])("of status %s has no body, whatever its headers say", async (status) => {
    await using server = await serve((_request, response) =>
      response.writeHead(status, { "content-encoding": "gzip" }).end(),
    );
    expect((await fetched(server)).body).toHaveLength(0);
  });

  test("to HEAD has no body, however large the file is", async () => {
    await using server = await serve((_request, response) => response.writeHead(200, { "content-length": 1e9 }).end());
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    const answer = await probe.capabilities.fetch(get(server.url, { method: "HEAD" }), never());
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
  });

  test("that says it is too large is not read, and its connection closed", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 2 * 1_048_576 }).write("x");
    });
    expect(await codeOf(fetched(server, { response_mb: 1 }))).toBe("LIMIT_EXCEEDED");
    await until(() => server.sockets.size === 0);
  });

  test("that does not end is stopped at its bound, and its connection closed", async () => {
    await using server = await serve((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on("drain", more);
      more();
    });
    expect(await codeOf(fetched(server, { response_mb: 1 }))).toBe("LIMIT_EXCEEDED");
    await until(() => server.sockets.size === 0);
  });

  test.each<[string, string, string]>([
    ["that is no HTTP", "hello\r\n\r\n", "CAPABILITY_FAILED"],
    ["with headers over 32 KiB", `HTTP/1.1 200 OK\r\nA: ${"x".repeat(40_000)}\r\n\r\n`, "LIMIT_EXCEEDED"],
    [
      "with both length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
      "CAPABILITY_FAILED",
    ],
    ["with two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "CAPABILITY_FAILED"],
    [
      "with a bare line feed in a header",
      "HTTP/1.1 200 OK\r\nA: b\nC: d\r\nContent-Length: 0\r\n\r\n",
      "CAPABILITY_FAILED",
    ],
    ["with a NUL in a header", "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", "CAPABILITY_FAILED"],
    ["of status 999", "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", "CAPABILITY_FAILED"],
    ["of status 101", "HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "CAPABILITY_FAILED"],
    ["cut short by length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "CAPABILITY_FAILED"],
    ["cut short in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "CAPABILITY_FAILED"],
    ["that is nothing", "", "CAPABILITY_FAILED"],
  ])("%s is an error", async (_title, bytes, code) => {
    await using server = await serveRaw((socket) => socket.end(bytes));
    expect(await codeOf(fetched(server))).toBe(code);
  });

  test("from nobody is a failure that names the place", async () => {
    const { port, url } = await (async () => {
      await using server = await serve((_request, response) => response.end());
      return server;
    })();
    await expect(fetched({ port, url })).rejects.toMatchObject({
      code: "CAPABILITY_FAILED",
      message: `Cannot fetch from 127.0.0.1:${port}: nobody listens there`,
    });
  });
});

describe("time", () => {
  test("a body that only drips is given up after 60 s, and its connection closed", async () => {
    const clock = new ManualClock();
    await using server = await serve((_request, response) => {
      const drip = setInterval(() => response.write("x"), 5);
      response.on("close", () => clearInterval(drip));
    });
    await using probe = await openCapabilities({ clock, grant: { network: [`127.0.0.1:${server.port}`] } });
    const call = codeOf(probe.capabilities.fetch(get(server.url), never()));
    await until(() => server.requests.length === 1);
    await clock.advance(59_999);
    expect(server.sockets.size).toBe(1);
    await clock.advance(1);
    expect(await call).toBe("CAPABILITY_FAILED");
    await until(() => server.sockets.size === 0);
  });

  test("headers that do not come are given up after 60 s, redirects and all", async () => {
    const clock = new ManualClock();
    await using server = await serve((request, response) => {
      if (request.url === "/") response.writeHead(302, { location: "/slow" }).end();
    });
    await using probe = await openCapabilities({ clock, grant: { network: [`127.0.0.1:${server.port}`] } });
    const call = codeOf(probe.capabilities.fetch(get(server.url), never()));
    await until(() => server.requests.length === 2);
    await clock.advance(60_000);
    expect(await call).toBe("CAPABILITY_FAILED");
  });

  test("a name that is never looked up is given up after 10 s", async () => {
    const clock = new ManualClock();
    const asked = Promise.withResolvers<void>();
    const lookup: Lookup = () => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    await using probe = await openCapabilities({ clock, grant: { network: ["*"] }, lookup });
    const call = probe.capabilities.fetch(get("http://slow.example/"), never());
    const outcome = expect(call).rejects.toMatchObject({
      message: "Cannot fetch from slow.example:80: no connection within 10 s",
    });
    await asked.promise;
    await clock.advance(10_000);
    await outcome;
  });

  test("a caller that gives up is believed at once, and the connection closed", async () => {
    await using server = await serve(() => undefined);
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    const caller = new AbortController();
    const call = codeOf(probe.capabilities.fetch(get(server.url), caller.signal));
    await until(() => server.requests.length === 1);
    caller.abort();
    expect(await call).toBe("CALL_CANCELLED");
    await until(() => server.sockets.size === 0);
  });

  test("a plugin that stops leaves no connection, neither busy nor kept", async () => {
    await using server = await serve((request, response) => void (request.url === "/quick" && response.end()));
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    const call = codeOf(probe.capabilities.fetch(get(server.url), never()));
    await probe.capabilities.fetch(get(`${server.url}/quick`), never());
    await until(() => server.requests.length === 2);
    expect(server.sockets.size).toBe(2);
    await probe.capabilities[Symbol.asyncDispose]();
    expect(await call).toBe("CALL_CANCELLED");
    await until(() => server.sockets.size === 0);
    expect(await codeOf(probe.capabilities.fetch(get(server.url), never()))).toBe("CALL_CANCELLED");
  });
});

describe("connections", () => {
  test("are kept from request to request", async () => {
    await using server = await serve((_request, response) => response.end("x"));
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    for (let i = 0; i < 5; i++) await probe.capabilities.fetch(get(server.url), never());
    expect(server.connections).toBe(1);
  });

  test("that the server has closed are replaced, for what may be repeated", async () => {
    let count = 0;
    await using server = await serve((request, response) => {
      // The second request of each connection finds it closed.
      if (++count % 2 === 0) request.socket.destroy();
      else response.end("x");
    });
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    await probe.capabilities.fetch(get(server.url), never());
    expect(text((await probe.capabilities.fetch(get(server.url), never())).body)).toBe("x");
    const post = get(server.url, { method: "POST", body: Buffer.from("x") });
    expect(await codeOf(probe.capabilities.fetch(post, never()))).toBe("CAPABILITY_FAILED");
    expect(server.requests.map(({ method }) => method)).toEqual(["GET", "GET", "GET", "POST"]);
  });

  test("go directly, whatever the environment says of proxies", async () => {
    await using proxy = await serve((_request, response) => response.end("proxied"));
    await using server = await serve((_request, response) => response.end("direct"));
    const env = { PATH: process.env["PATH"], NODE_USE_ENV_PROXY: "1", HTTP_PROXY: proxy.url, http_proxy: proxy.url };
    const script = new URL("../../../test/fetch-once.ts", import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [script, server.url], { env });
    expect([stdout, proxy.connections]).toEqual(["direct", 0]);
  });
});

describe("https", () => {
  const pem = (name: string): string => readFileSync(new URL(`../../../test/${name}.pem`, import.meta.url), "utf8");

  async function serveSecurely() {
    const server = createSecureServer(
      { key: pem("localhost-key"), cert: pem("localhost-cert") },
      (_request, response) => {
        response.end("secret");
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
      port,
      async [Symbol.asyncDispose]() {
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  test("accepts a certificate of an authority it was told to trust", async () => {
    await using server = await serveSecurely();
    const grant = { network: [`localhost:${server.port}`] };
    await using probe = await openCapabilities({
      grant,
      lookup: LOOPBACK,
      certificateAuthorities: [pem("localhost-cert")],
    });
    const answer = await probe.capabilities.fetch(get(`https://localhost:${server.port}/`), never());
    expect(text(answer.body)).toBe("secret");
    await probe.capabilities[Symbol.asyncDispose]();
  });

  test.each(["localhost", "127.0.0.1"])(
    "accepts no certificate of nobody's from %s, whatever the environment says",
    async (host) => {
      await using server = await serveSecurely();
      const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
      try {
        await using probe = await openCapabilities({
          grant: { network: [`${host}:${server.port}`] },
          lookup: LOOPBACK,
        });
        const call = probe.capabilities.fetch(get(`https://${host}:${server.port}/`), never());
        await expect(call).rejects.toMatchObject({
          code: "CAPABILITY_FAILED",
          message: expect.stringContaining("SELF_SIGNED"),
        });
      } finally {
        if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
        else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
      }
    },
  );

  test("accepts a certificate for the name it was issued to alone", async () => {
    await using server = await serveSecurely();
    const grant = { configuredHosts: [`other.example:${server.port}`] };
    await using probe = await openCapabilities({
      grant,
      lookup: LOOPBACK,
      certificateAuthorities: [pem("localhost-cert")],
    });
    const call = probe.capabilities.fetch(get(`https://other.example:${server.port}/`), never());
    await expect(call).rejects.toMatchObject({ message: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID") });
  });
});
