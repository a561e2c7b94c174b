import { describe, expect, test } from "vitest";
import { serve } from "../../../test/http-server.ts";
import { codeOf, get, never, openCapabilities } from "../../../test/open-capabilities.ts";
import type { HttpTransport } from "./http-transport.ts";

/** Answers every request that was allowed. */
const allowing: HttpTransport = async ({ url }) => ({
  status: 200,
  statusText: "",
  url,
  headers: [],
  body: new Uint8Array(),
});

describe("fetch under a grant of methods and paths", () => {
  const network = ["GET,HEAD api.example.org/v1/*", "POST api.example.org/v1/items", "*.open.example:8443"];

  test.each([
    ["GET", "https://api.example.org/v1/"],
    ["get", "https://api.example.org/v1/a/b?c=/../d"],
    ["HEAD", "http://api.example.org/v1/a"],
    ["POST", "https://api.example.org/v1/items?x=1"],
    ["GET", "https://api.example.org/x/../v1/a"],
    ["GET", "https://api.example.org/v1/gr%C3%BC%C3%9Fe%20100%25"],
    ["PUT", "https://a.open.example:8443/anything"],
  ])("lets %s %s through [OPS-24]", async (method, url) => {
    await using probe = await openCapabilities({ grant: { network }, fetchImpl: allowing });
    expect((await probe.capabilities.fetch(get(url, { method }), never())).status).toBe(200);
  });

  test.each([
    ["PUT", "https://api.example.org/v1/a"],
    ["GET", "https://api.example.org/v2/a"],
    ["GET", "https://api.example.org/v1"],
    ["POST", "https://api.example.org/v1/items/1"],
    ["GET", "https://api.example.org/v1/../admin"],
    ["GET", "https://api.example.org/v1/%2e%2e/admin"],
    ["GET", "https://api.example.org/v1/..%2fadmin"],
    ["GET", "https://api.example.org/v1/%2e%2e%2fadmin"],
    ["GET", "https://api.example.org/v1/%252e%252e%252fadmin"],
    ["GET", "https://api.example.org/v1/%25252e%25252e/admin"],
    ["GET", "https://api.example.org/v1/%25%32%65%25%32%65/admin"],
    ["GET", "https://api.example.org/v1/%%32%65%%32%65/admin"],
    ["GET", "https://api.example.org/v1/%c0%ae%c0%ae/admin"],
    ["GET", "https://api.example.org/v1/%c0%af../admin"],
    ["GET", "https://api.example.org/v1/..;/admin"],
    ["GET", "https://api.example.org/v1/..%3b/admin"],
    ["GET", "https://api.example.org/v1/..\\admin"],
    ["GET", "https://api.example.org/v1/..%5cadmin"],
    ["GET", "https://api.example.org/v1//../../admin"],
    ["GET", "https://api.example.org//v1/a"],
    ["GET", "https://api.example.org/v1//a"],
    ["GET", "https://api.example.org/v1/a%00b"],
    ["GET", "https://api.example.org/V1/a"],
    ["GET", "https://api.example.org:8443/v1/a"],
  ])("denies %s %s", async (method, url) => {
    await using probe = await openCapabilities({ grant: { network }, fetchImpl: allowing });
    expect(await codeOf(probe.capabilities.fetch(get(url, { method }), never()))).toBe("PERMISSION_DENIED");
    expect(probe.used).toEqual([]);
  });

  test.each([
    ["x-http-method-override", "DELETE"],
    ["X-Original-URL", "/admin"],
  ])(
    "denies the header %s, which could make it another request, unless the whole host was granted",
    async (...header) => {
      await using probe = await openCapabilities({ grant: { network }, fetchImpl: allowing });
      const asked = (url: string) => probe.capabilities.fetch(get(url, { headers: [header] }), never());
      expect(await codeOf(asked("https://api.example.org/v1/a"))).toBe("PERMISSION_DENIED");
      expect((await asked("https://a.open.example:8443/v1/a")).status).toBe(200);
    },
  );

  test("says what was granted of the host", async () => {
    await using probe = await openCapabilities({ grant: { network }, fetchImpl: allowing });
    const call = probe.capabilities.fetch(get("https://api.example.org/v2/x", { method: "DELETE" }), never());
    await expect(call).rejects.toThrow(
      "Cannot fetch from api.example.org:443: DELETE of this path was not granted, only GET,HEAD api.example.org/v1/*; " +
        "POST api.example.org/v1/items; ask for it in permissions.network",
    );
  });

  test("checks method and path of every redirect anew", async () => {
    await using server = await serve((request, response) => {
      const to: Record<string, string> = { "/v1/out": "/admin", "/v1/on": "/v1/end", "/v1/twice": "/v1/out" };
      const location = to[request.url!];
      if (location === undefined) return response.end("the end");
      return response.writeHead(302, { location }).end();
    });
    await using probe = await openCapabilities({ grant: { network: [`GET 127.0.0.1:${server.port}/v1/*`] } });
    const fetched = (path: string) => probe.capabilities.fetch(get(server.url + path), never());
    expect((await fetched("/v1/on")).url).toBe(`${server.url}/v1/end`);
    expect(await codeOf(fetched("/v1/out"))).toBe("PERMISSION_DENIED");
    expect(await codeOf(fetched("/v1/twice"))).toBe("PERMISSION_DENIED");
    expect(server.requests.map(({ url }) => url)).not.toContain("/admin");
  });

  test("is counted with what a permission would say of it, and nothing more", async () => {
    await using probe = await openCapabilities({
      grant: {
        network: ["*"],
        configuredHosts: ["nas.example:5001"],
        configuredFrom: new Map([["nas.example:5001", "config:url"]]),
      },
      fetchImpl: allowing,
    });
    const urls = [
      "https://api.telegram.org/bot123456:AAE-secretpart_of_the_token/send?text=hi",
      "https://api.example.org/v1/users/17342/items/3f2c1a9e-0d1b-4c55-9a07-8f7f1e2d3c4b",
      "https://nas.example:5001/feed/2024/s3",
    ];
    for (const url of urls) await probe.capabilities.fetch(get(url), never());
    expect(probe.used.map(({ what, entry }) => ({ ...what, entry }))).toEqual([
      { kind: "fetch", method: "GET", host: "api.telegram.org", port: 443, path: "/*/send", entry: "*" },
      { kind: "fetch", method: "GET", host: "api.example.org", port: 443, path: "/v1/users/*/items/*", entry: "*" },
      { kind: "fetch", method: "GET", host: "nas.example", port: 5_001, path: "/feed/*/s3", entry: "config:url" },
    ]);
  });
});
