import { HostError } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret } from "../secret.ts";
import { parseEndpoint, withQuery } from "./endpoint.ts";
import { fetchJson } from "./fetch-json.ts";
import { JsonView } from "./json-view.ts";
import { redact } from "./redact.ts";
import { parseRetryAfter } from "./retry-after.ts";

const NOW = Date.UTC(2026, 3, 1, 12);
const signal = new AbortController().signal;

describe("parseRetryAfter", () => {
  test.each([
    ["120", 120_000],
    [" 5 ", 5_000],
    ["0", 0],
    ["Wed, 01 Apr 2026 12:01:30 GMT", 90_000],
    ["Wed, 01 Apr 2026 11:00:00 GMT", 0],
    ["999999999", 86_400_000],
    ["Thu, 01 Apr 2100 12:00:00 GMT", 86_400_000],
    ["-1", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    ["Wed, 99 Foo 2026 12:00:00 GMT", undefined],
    ["", undefined],
    [null, undefined],
  ])("reads %j", (header, ms) => {
    expect(parseRetryAfter(header, NOW)).toBe(ms);
  });

  test("is never negative, never more than a day, whatever it is given", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (header, now) => {
        const ms = parseRetryAfter(header, now) ?? 0;
        expect(ms >= 0 && ms <= 86_400_000).toBe(true);
      }),
    );
  });
});

describe("redact", () => {
  test("takes the query from addresses and the secret from anywhere, as it is and as it is written there", () => {
    const secret = new Secret("k/3 y");
    const text =
      "GET https://api.example.org/x?appid=k%2F3%20y&q=1 failed: key k/3 y (k%2F3+y) at https://other.example/#top";
    expect(redact(text, [secret])).toBe(
      "GET https://api.example.org/x failed: key [secret] ([secret]) at https://other.example/",
    );
  });

  test("leaves no secret behind, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 9, unit: "binary" }), fc.string(), (value, around) => {
        const text = `${around}${value}${around}https://h.example/?k=${encodeURIComponent(value.toWellFormed())}`;
        expect(redact(text, [new Secret(value)]).includes(value)).toBe("[secret]https://h.example/".includes(value));
      }),
    );
  });

  test("an empty secret changes nothing", () => {
    expect(redact("text", [new Secret("")])).toBe("text");
  });
});

describe("JsonView", () => {
  const view = new JsonView({
    a: { b: [1, { c: " text " }] },
    n: "12.5",
    big: "9".repeat(30),
    inf: 1e308,
    list: [1, "x"],
  });

  test("reads what is there, and nothing else", () => {
    expect(view.number("a", "b", 0)).toBe(1);
    expect(view.text("a", "b", 1, "c")).toBe("text");
    expect(view.numeric("n")).toBe(12.5);
    expect(view.list("list").map(({ value }) => value)).toEqual([1, "x"]);
    expect(view.entries("a").map(([name]) => name)).toEqual(["b"]);
    expect([view.number("n"), view.numeric("big"), view.text("a"), view.number("a", "x", "y")]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect([view.list("a"), view.entries("list"), new JsonView(null).list([])]).toEqual([[], [], []]);
  });

  test("does not see what objects and lists inherit", () => {
    expect([view.at("constructor").value, view.at("a", "b", "length").value, view.at("list", "0").value]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("bounds lists, maps and texts", () => {
    const large = new JsonView({ list: Array.from({ length: 50 }, (_, at) => at), text: "x".repeat(5_000) });
    expect([large.list("list", 3).length, large.entries([], 1).length, large.text("text")?.length]).toEqual([
      3, 1, 1_000,
    ]);
  });

  test("never throws, whatever the JSON and the path", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.oneof(fc.string(), fc.nat(5)), { maxLength: 4 }), (value, path) => {
        const any = new JsonView(value as never);
        const read = [any.number(...path), any.numeric(...path), any.text(...path), any.list(path), any.entries(path)];
        expect(read).toHaveLength(5);
      }),
    );
  });
});

describe("parseEndpoint", () => {
  const ctx = { plugin: { name: "weather", version: "1.0.0" }, instanceId: "home" } as never;
  const parse = (given: string, carriesKey = true): string =>
    parseEndpoint(ctx, given, { field: "endpoint", carriesKey });

  test.each([
    ["https://api.example.org/", "https://api.example.org"],
    ["https://api.example.org/v1//", "https://api.example.org/v1"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://localhost/x", "http://localhost/x"],
    ["http://[::1]:1", "http://[::1]:1"],
  ])("takes %s", (given, base) => {
    expect(parse(given)).toBe(base);
  });

  test.each([
    "",
    "api.example.org",
    "ftp://x",
    "https://u:p@x/",
    "https://x/?a",
    "https://x/#a",
    "http://127.0.0.1.evil.example",
    "http://x",
  ])("refuses %j, naming plugin and field", (given) => {
    expect(() => parse(given)).toThrow(/^weather: endpoint must /);
  });

  test("lets a service without a key be asked in the clear", () => {
    expect(parse("http://nas:8080/", false)).toBe("http://nas:8080");
  });

  test("withQuery leaves out what is not set, and escapes the rest", () => {
    expect(withQuery("https://x.example/a", { q: "a&b=ü", n: 0, no: undefined }).href).toBe(
      "https://x.example/a?q=a%26b%3D%C3%BC&n=0",
    );
  });
});

describe("fetchJson", () => {
  const ask = (respond: () => Response | Promise<Response>, more: object = {}) =>
    fetchJson(
      { fetch: async () => respond(), now: () => NOW },
      { service: "Upstream", url: "https://u.example/?key=k3y", signal, secrets: [new Secret("k3y")], ...more },
    );
  const json = (body: string, init: ResponseInit = {}): Response =>
    new Response(body, { headers: { "content-type": "application/json" }, ...init });

  test("reads JSON, and an empty answer as no data", async () => {
    expect((await ask(() => json('{"a":1}'))).number("a")).toBe(1);
    expect((await ask(() => new Response(null, { status: 204 }))).value).toBeUndefined();
    expect((await ask(() => json(" \n"))).value).toBeUndefined();
  });

  test.each<[string, () => Response, string, object]>([
    ["401", () => json("{}", { status: 401 }), "Upstream refused access (401)", { status: 401, retryable: false }],
    [
      "403 with a reason",
      () => json('{"message":"no k3y"}', { status: 403 }),
      "Upstream refused access (403): no [secret]",
      { status: 403, retryable: false },
    ],
    [
      "404",
      () => json("{}", { status: 404 }),
      "Upstream refused the request (404); check the configuration",
      { status: 404, retryable: false },
    ],
    [
      "400 with a reason",
      () => json('{"error":{"message":"bad"}}', { status: 400 }),
      "Upstream refused the request (400): bad",
      { status: 400, retryable: false },
    ],
    [
      "408",
      () => json("", { status: 408 }),
      "Upstream failed (408); it is asked again at the next attempt",
      { status: 408 },
    ],
    ["429", () => json("{}", { status: 429 }), "Upstream had too many requests (429); ask less often", { status: 429 }],
    [
      "503 with a wait",
      () => json("busy", { status: 503, headers: { "retry-after": "7" } }),
      "Upstream failed (503); it is asked again at the next attempt",
      { status: 503, retryAfterMs: 7_000 },
    ],
    [
      "a redirect",
      () => new Response(null, { status: 301, headers: { location: "https://new.example/?key=k3y" } }),
      "Upstream redirects to https://new.example/ (301)",
      { status: 301 },
    ],
    ["broken JSON", () => json('{"a":'), "Upstream answered with broken JSON (5 characters)", {}],
    [
      "a page",
      () => new Response("<html>", { headers: { "content-type": "text/html" } }),
      "Upstream answered with text/html in place of JSON",
      {},
    ],
    [
      "too much",
      () => json(" ".repeat(11)),
      "Upstream answered with more than 10 bytes; check the endpoint",
      { retryable: false },
    ],
  ])("tells %s plainly", async (_what, respond, message, details) => {
    const error = await ask(respond, { maxBytes: _what === "too much" ? 10 : 1_000 }).then(
      undefined,
      (thrown: HostError) => thrown,
    );
    expect(error).toMatchObject({ code: "PLUGIN_FAILED", details });
    expect((error as HostError).message).toContain(message);
    expect(JSON.stringify((error as HostError).toRecord())).not.toContain("k3y");
  });

  test("names the field of a key that was refused, and what was not found", async () => {
    await expect(ask(() => json("{}", { status: 401 }), { keyField: "api_key" })).rejects.toThrow(
      "Upstream refused the key (401); check api_key",
    );
    await expect(ask(() => json("{}", { status: 404 }), { notFound: 'knows no "x"' })).rejects.toThrow(
      'Upstream knows no "x"',
    );
  });

  test("cleans the whole chain of causes", async () => {
    const cause = new Error("connect to https://u.example/?key=k3y", { cause: new Error("k3y again") });
    const error = await ask(() => Promise.reject(new TypeError("fetch failed", { cause }))).then(
      undefined,
      (thrown: HostError) => thrown,
    );
    expect((error as HostError).message).toBe("Cannot reach Upstream: fetch failed");
    expect((error as HostError).toRecord().causes).toEqual([
      "fetch failed",
      "connect to https://u.example/",
      "[secret] again",
    ]);
  });

  test("keeps the code of what the host refused or bounded", async () => {
    const refused = new HostError("PERMISSION_DENIED", "Cannot reach u.example?key=k3y", {
      details: { host: "u.example" },
    });
    await expect(ask(() => Promise.reject(refused))).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: "Cannot reach u.example?key=[secret]",
      details: { host: "u.example" },
    });
    await expect(ask(() => Promise.reject(new HostError("LIMIT_EXCEEDED", "too large")))).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
    await expect(ask(() => Promise.reject(new HostError("CAPABILITY_FAILED", "no route")))).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
    });
  });

  test("is no failure of the service when the caller gave up", async () => {
    const gone = AbortSignal.abort(new Error("deadline"));
    await expect(ask(() => Promise.reject(new Error("aborted")), { signal: gone })).rejects.toThrow("deadline");
  });
});
