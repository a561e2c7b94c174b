import { describe, expect, test } from "vitest";
import { ManualClock } from "@berth/base";
import type { FetchRequest } from "@berth/contract";
import { serve } from "../../../test/http-server.ts";
import { codeOf, get, never, openCapabilities, until } from "../../../test/open-capabilities.ts";
import type { HttpTransport } from "./http-transport.ts";

const text = (body: Uint8Array): string => Buffer.from(body).toString();

describe("fetch", () => {
  test("brings an answer from a granted host, with the host's own defaults", async () => {
    await using server = await serve((_request, response) => {
      response.setHeader("x-a", ["1", "2"]);
      response.end("hello");
    });
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    const answer = await probe.capabilities.fetch(get(`${server.url}/path?q=1#fragment`), never());
    expect(answer).toMatchObject({ status: 200, statusText: "OK", url: `${server.url}/path?q=1` });
    expect(text(answer.body)).toBe("hello");
    expect(answer.headers.filter(([name]) => name === "x-a").map(([, value]) => value)).toEqual(["1", "2"]);
    expect(server.requests).toEqual([
      {
        method: "GET",
        url: "/path?q=1",
        body: "",
        headers: {
          host: `127.0.0.1:${server.port}`,
          connection: "keep-alive",
          "user-agent": "berth-plugin/probe",
          accept: "*/*",
          "accept-encoding": "gzip, deflate, br",
        },
      },
    ]);
  });

  test("sends headers, method and body, its length said", async () => {
    await using server = await serve((_request, response) => response.end());
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT"]) {
      const headers: [string, string][] = [
        ["User-Agent", "mine"],
        ["X-List", "a"],
        ["X-List", "b"],
        ["Content-Length", "4"],
      ];
      await probe.capabilities.fetch(get(server.url, { method, headers, body: Buffer.from("body") }), never());
    }
    expect(server.requests.map(({ method, body }) => `${method} ${body}`)).toEqual([
      "POST body",
      "PUT body",
      "PATCH body",
      "DELETE body",
      "OPTIONS body",
      "REPORT body",
    ]);
    expect(server.requests[0]!.headers).toMatchObject({
      "user-agent": "mine",
      "x-list": "a, b",
      "content-length": "4",
    });
  });

  test("reaches nothing without a grant, tells of it, and connects nowhere [RPT-44]", async () => {
    await using server = await serve((_request, response) => response.end());
    const clock = new ManualClock(1_000);
    await using probe = await openCapabilities({ clock, grant: { network: ["api.example.org"] }, instanceId: "one" });
    const call = probe.capabilities.fetch(get(`${server.url}/secret?key=1`), never());
    await expect(call).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: `Cannot fetch from 127.0.0.1:${server.port}: it was not granted; ask for it in permissions.network`,
    });
    expect(probe.denied).toEqual([
      {
        at: 1_000,
        plugin: "probe",
        instanceId: "one",
        capability: "fetch",
        what: `GET http://127.0.0.1:${server.port}`,
        use: { kind: "fetch", method: "GET", host: "127.0.0.1", port: server.port, path: "/secret" },
      },
    ]);
    expect(server.connections).toBe(0);
  });

  test.each([
    "http://api.example.org:81/",
    "http://user@api.example.org/",
    "http://api.example.org@127.0.0.1/",
    "http://127.0.0.1/",
    "http://localhost/",
    "http://[::1]/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "ftp://api.example.org/",
    "file:///etc/passwd",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "unix:/run/docker.sock",
  ])("does not send to %s under a grant of any host", async (url) => {
    const sent: FetchRequest[] = [];
    const fetchImpl: HttpTransport = async (request) => {
      sent.push(request);
      return { status: 200, statusText: "", url: request.url, headers: [], body: new Uint8Array() };
    };
    await using probe = await openCapabilities({ grant: { network: ["*"] }, fetchImpl });
    expect(await codeOf(probe.capabilities.fetch(get(url), never()))).toBe("PERMISSION_DENIED");
    expect([probe.denied.length, sent]).toEqual([1, []]);
  });

  test.each<[string, unknown]>([
    ["no request", undefined],
    ["an address that is none", get("no address")],
    ["a relative address", get("/path")],
    ["an address that is an object", get({ toString: () => "http://a.org/" } as unknown as string)],
    ["a method of two words", get("http://a.org/", { method: "GET /x" })],
    ["a method with a line break", get("http://a.org/", { method: "GET\r\nX: y" })],
    ["headers that are no list", get("http://a.org/", { headers: {} as [] })],
    ["a header with a line break", get("http://a.org/", { headers: [["a", "b\r\nHost: evil"]] })],
    ["a header with a bare line feed", get("http://a.org/", { headers: [["a", "b\nc"]] })],
    ["a header with a NUL", get("http://a.org/", { headers: [["a", "b\0"]] })],
    ["a header whose value turns into a line break", get("http://a.org/", { headers: [["a", "b\u010a"]] })],
    ["a header name with a colon", get("http://a.org/", { headers: [["a:b", "c"]] })],
    ["a header name with a line break", get("http://a.org/", { headers: [["a\r\nb", "c"]] })],
    ["an empty header name", get("http://a.org/", { headers: [["", "c"]] })],
    ["a header that is no pair", get("http://a.org/", { headers: ["ab" as unknown as [string, string]] })],
    ["a wrong content-length", get("http://a.org/", { headers: [["content-length", "5"]] })],
    ["a GET with a body", get("http://a.org/", { body: new Uint8Array(1) })],
    ["a HEAD with a body", get("http://a.org/", { method: "head", body: new Uint8Array(1) })],
    ["a body that is text", get("http://a.org/", { method: "POST", body: "x" as unknown as Uint8Array })],
    ["a redirect mode nobody knows", get("http://a.org/", { redirect: "maybe" as "follow" })],
  ])("refuses %s as malformed", async (_title, request) => {
    await using probe = await openCapabilities({
      grant: { network: ["*"] },
      fetchImpl: () => Promise.reject(new Error("sent")),
    });
    expect(await codeOf(probe.capabilities.fetch(request as FetchRequest, never()))).toBe("CONTRACT_BROKEN");
  });

  test.each([
    "Host",
    "connection",
    "Keep-Alive",
    "Transfer-Encoding",
    "TE",
    "trailer",
    "Upgrade",
    "Expect",
    "Via",
    "Proxy-Authorization",
    "proxy-connection",
    "HTTP2-Settings",
  ])("does not send the header %s, and tells of it", async (name) => {
    await using probe = await openCapabilities({
      grant: { network: ["*"] },
      fetchImpl: () => Promise.reject(new Error("sent")),
    });
    const call = probe.capabilities.fetch(get("http://a.org/", { headers: [[name, "x"]] }), never());
    expect(await codeOf(call)).toBe("PERMISSION_DENIED");
    expect(probe.denied).toMatchObject([{ capability: "fetch", what: `the header ${name.toLowerCase()}` }]);
  });

  test.each(["CONNECT", "trace", "TRACK"])("does not send the method %s", async (method) => {
    await using probe = await openCapabilities({
      grant: { network: ["*"] },
      fetchImpl: () => Promise.reject(new Error("sent")),
    });
    expect(await codeOf(probe.capabilities.fetch(get("http://a.org/", { method }), never()))).toBe("PERMISSION_DENIED");
  });

  test.each<[string, Partial<FetchRequest>]>([
    ["a body over 16 MiB", { method: "POST", body: new Uint8Array(16 * 1_048_576 + 1) }],
    ["more than 100 headers", { headers: Array.from({ length: 101 }, (_, i) => [`a${i}`, "b"]) }],
    ["headers over 32 KiB", { headers: [["a", "b".repeat(32_768)]] }],
    ["an address over 16 KiB", { url: `http://a.org/${"x".repeat(16_384)}` }],
  ])("refuses %s", async (_title, more) => {
    await using probe = await openCapabilities({
      grant: { network: ["*"] },
      fetchImpl: () => Promise.reject(new Error("sent")),
    });
    expect(await codeOf(probe.capabilities.fetch(get("http://a.org/", more), never()))).toBe("LIMIT_EXCEEDED");
  });

  test("keeps no cookie from one answer to the next request", async () => {
    await using server = await serve((_request, response) => response.setHeader("set-cookie", "id=1").end());
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    const answer = await probe.capabilities.fetch(get(server.url), never());
    await probe.capabilities.fetch(get(server.url), never());
    expect(answer.headers).toContainEqual(["set-cookie", "id=1"]);
    expect(server.requests[1]!.headers.cookie).toBeUndefined();
  });

  test.each([
    [undefined, 10],
    [3, 3],
    [100, 16],
  ])(
    "with network_connections = %s runs %i requests of a plugin at a time, the rest in turn",
    async (limit, atOnce) => {
      let now = 0;
      let most = 0;
      const gate = Promise.withResolvers<void>();
      const fetchImpl: HttpTransport = async (request) => {
        most = Math.max(most, ++now);
        await gate.promise;
        now--;
        return { status: 200, statusText: "", url: request.url, headers: [], body: new Uint8Array() };
      };
      const limits = limit === undefined ? {} : { network_connections: limit };
      await using probe = await openCapabilities({ grant: { network: ["*"] }, fetchImpl, limits });
      const calls = Array.from({ length: 40 }, () => probe.capabilities.fetch(get("http://a.org/"), never()));
      await until(() => now === atOnce);
      gate.resolve();
      await Promise.all(calls);
      expect(most).toBe(atOnce);
    },
  );
});

describe("fetch, redirected", () => {
  const redirecting = (location: string | (() => string), status = 302) =>
    serve((request, response) => {
      if (request.url === "/end") return response.end("the end");
      return response
        .writeHead(status, { location: typeof location === "string" ? location : location() })
        .end("moved");
    });

  test("follows to a granted place and says where it ended", async () => {
    await using server = await redirecting("/end");
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    const answer = await probe.capabilities.fetch(get(`${server.url}/start`), never());
    expect([answer.url, text(answer.body)]).toEqual([`${server.url}/end`, "the end"]);
  });

  test.each([
    ["loopback at another port", (port: number) => `http://127.0.0.1:${port}/end`],
    ["loopback by name", (port: number) => `http://localhost:${port}/end`],
    ["loopback in another spelling", (port: number) => `http://2130706433:${port}/end`],
    ["a mapped address", (port: number) => `http://[::ffff:127.0.0.1]:${port}/end`],
    ["the unspecified address", (port: number) => `http://0.0.0.0:${port}/end`],
    ["an address without scheme", (port: number) => `//127.0.0.1:${port}/end`],
  ])("is not led to %s", async (_title, target) => {
    await using victim = await serve((_request, response) => response.end("internal"));
    await using server = await redirecting(target(victim.port));
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    expect(await codeOf(probe.capabilities.fetch(get(server.url), never()))).toBe("PERMISSION_DENIED");
    expect(probe.denied).toHaveLength(1);
    expect(victim.connections).toBe(0);
  });

  test.each([
    ["file:///etc/passwd", "PERMISSION_DENIED"],
    ["ftp://example.org/", "PERMISSION_DENIED"],
    ["http://user:pass@127.0.0.1/", "PERMISSION_DENIED"],
    ["http://169.254.169.254/latest/", "PERMISSION_DENIED"],
    ["http://[broken/", "CAPABILITY_FAILED"],
  ])("is not led to %s", async (location, code) => {
    await using server = await redirecting(location);
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`, "*"] } });
    expect(await codeOf(probe.capabilities.fetch(get(server.url), never()))).toBe(code);
  });

  test("follows five times and not a sixth", async () => {
    let left = 5;
    await using server = await redirecting(() => (left-- > 1 ? "/again" : "/end"));
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    expect((await probe.capabilities.fetch(get(server.url), never())).url).toBe(`${server.url}/end`);
    await using loop = await redirecting("/again");
    await using other = await openCapabilities({ grant: { network: [`127.0.0.1:${loop.port}`] } });
    expect(await codeOf(other.capabilities.fetch(get(loop.url), never()))).toBe("CAPABILITY_FAILED");
    expect(loop.requests).toHaveLength(6);
  });

  test("gives the redirect itself when that is wanted, and fails when none is", async () => {
    await using server = await redirecting("/end");
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    const answer = await probe.capabilities.fetch(get(server.url, { redirect: "manual" }), never());
    expect([answer.status, text(answer.body)]).toEqual([302, "moved"]);
    expect(await codeOf(probe.capabilities.fetch(get(server.url, { redirect: "error" }), never()))).toBe(
      "CAPABILITY_FAILED",
    );
  });

  test("gives a redirect status without a place to go as it is", async () => {
    await using server = await serve((_request, response) => response.writeHead(302).end("nowhere"));
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    expect(text((await probe.capabilities.fetch(get(server.url), never())).body)).toBe("nowhere");
  });

  const credentials: [string, string][] = [
    ["authorization", "Bearer s3cret"],
    ["cookie", "id=s3cret"],
    ["x-api-key", "s3cret"],
    ["accept-language", "de"],
  ];

  test("takes credentials along within an origin", async () => {
    await using server = await redirecting("/end");
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    await probe.capabilities.fetch(get(server.url, { headers: credentials }), never());
    expect(server.requests[1]!.headers).toMatchObject(Object.fromEntries(credentials));
  });

  test("leaves credentials behind when another origin comes, whatever their header's name", async () => {
    await using other = await serve((_request, response) => response.end());
    await using server = await redirecting(`${other.url}/end`);
    const network = [`127.0.0.1:${server.port}`, `127.0.0.1:${other.port}`];
    await using probe = await openCapabilities({ grant: { network } });
    await probe.capabilities.fetch(get(server.url, { headers: credentials }), never());
    expect(JSON.stringify(other.requests)).not.toContain("s3cret");
    expect(other.requests[0]!.headers["accept-language"]).toBe("de");
  });

  test.each([
    [301, "POST", "GET "],
    [302, "POST", "GET "],
    [302, "PUT", "PUT body"],
    [303, "POST", "GET "],
    [303, "PUT", "GET "],
    [307, "POST", "POST body"],
    [308, "POST", "POST body"],
  ])("after %s turns a %s into %j", async (status, method, expected) => {
    await using server = await redirecting("/end", status);
    await using probe = await openCapabilities({ grant: { network: [`127.0.0.1:${server.port}`] } });
    const headers: [string, string][] = [["content-type", "text/plain"]];
    await probe.capabilities.fetch(get(server.url, { method, headers, body: Buffer.from("body") }), never());
    const last = server.requests[1]!;
    expect(`${last.method} ${last.body}`).toBe(expected);
    expect(last.headers["content-type"]).toBe(expected === "GET " ? undefined : "text/plain");
  });
});
