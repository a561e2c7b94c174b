import { randomBytes } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { OwnAbortController, OwnAbortSignal } from "./abort.ts";
import { createConsole } from "./console.ts";
import { OwnEvent, OwnEventTarget } from "./events.ts";
import { OwnHeaders } from "./fetch/headers.ts";
import { OwnRequest } from "./fetch/request.ts";
import { OwnResponse } from "./fetch/response.ts";
import { createCrypto, createRandom } from "./own-crypto.ts";
import { createDate } from "./own-date.ts";
import { structuredCopy } from "./structured-clone.ts";
import { Timers } from "./timers.ts";
import { OwnURLSearchParams } from "./url/url-search-params.ts";

describe("Headers", () => {
  test("are found whatever their case, joined, and sorted", () => {
    const headers = new OwnHeaders([
      ["X-B", " 2 "],
      ["a", "1"],
      ["A", "3"],
    ]);
    headers.append("set-cookie", "a=1");
    headers.append("Set-Cookie", "b=2");
    expect([...headers]).toEqual([
      ["a", "1, 3"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-b", "2"],
    ]);
    expect([headers.get("x-b"), headers.get("none"), headers.has("A"), headers.getSetCookie()]).toEqual([
      "2",
      null,
      true,
      ["a=1", "b=2"],
    ]);
    headers.set("a", "4");
    headers.delete("x-B");
    expect([...headers.keys()]).toEqual(["a", "set-cookie", "set-cookie"]);
  });

  test.each([
    ["a b", "x"],
    ["", "x"],
    ["a", "x\r\nb: y"],
  ])("refuse %j: %j", (name, value) => {
    expect(() => new OwnHeaders([[name, value]])).toThrow(TypeError);
  });
});

describe("Request", () => {
  test("says what is asked, and carries its body once", async () => {
    const request = new OwnRequest("https://example.org/a", { method: "post", body: "é", headers: { "x-a": "1" } });
    expect([request.method, request.url, request.headers.get("content-type"), request.redirect]).toEqual([
      "POST",
      "https://example.org/a",
      "text/plain;charset=UTF-8",
      "follow",
    ]);
    expect(await request.text()).toBe("é");
    await expect(request.text()).rejects.toThrow("already been read");
  });

  test("is made of another one, with what is said differently", async () => {
    const first = new OwnRequest("https://example.org/", { method: "PUT", body: new OwnURLSearchParams({ a: "b c" }) });
    const second = new OwnRequest(first, { method: "PATCH" });
    expect([second.method, await second.text()]).toEqual(["PATCH", "a=b+c"]);
  });

  test.each([
    ["no address", {}],
    ["https://u:p@example.org/", {}],
    ["https://example.org/", { body: "x" }],
    ["https://example.org/", { method: "POST", body: {} as never }],
  ])("refuses %s with %j", (url, options) => {
    expect(() => new OwnRequest(url, options)).toThrow(TypeError);
  });
});

describe("Response", () => {
  test("is read as text, JSON and bytes, in a copy too", async () => {
    const answer = new OwnResponse('{"a":1}', { status: 201, statusText: "Made" });
    const copy = answer.clone();
    expect([answer.ok, answer.status, await answer.json(), answer.bodyUsed]).toEqual([true, 201, { a: 1 }, true]);
    expect(await Array.fromAsync(copy.body!)).toEqual([new TextEncoder().encode('{"a":1}')]);
    expect(OwnResponse.json([1]).headers.get("content-type")).toBe("application/json");
  });

  test("has no body where there can be none", () => {
    expect(new OwnResponse(null, { status: 204 }).body).toBeNull();
    expect(() => new OwnResponse("x", { status: 204 })).toThrow(TypeError);
    expect(() => new OwnResponse(null, { status: 99 })).toThrow(RangeError);
  });
});

describe("AbortController", () => {
  test("tells each listener once, in order, and keeps the first reason", () => {
    const { signal, ...controller } = Object.assign(new OwnAbortController());
    const own = new OwnAbortController();
    const heard: string[] = [];
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is what is tried
    own.signal.onabort = () => heard.push("handler");
    own.signal.addEventListener("abort", () => heard.push("first"));
    const gone = (): void => void heard.push("gone");
    own.signal.addEventListener("abort", gone);
    own.signal.removeEventListener("abort", gone);
    own.abort(new Error("enough"));
    own.abort(new Error("again"));
    expect([heard, own.signal.aborted, (own.signal.reason as Error).message]).toEqual([
      ["first", "handler"],
      true,
      "enough",
    ]);
    expect(() => own.signal.throwIfAborted()).toThrow("enough");
    expect([signal.aborted, controller]).toEqual([false, {}]);
  });

  test("joins signals, and says why by itself", () => {
    const one = new OwnAbortController();
    const any = OwnAbortSignal.any([one.signal, new OwnAbortController().signal]);
    one.abort();
    expect(any.reason).toMatchObject({ name: "AbortError" });
    expect(OwnAbortSignal.abort("why").reason).toBe("why");
    expect(() => new OwnAbortSignal()).toThrow(TypeError);
  });
});

test("an EventTarget stops when it is told to", () => {
  const target = new OwnEventTarget();
  const heard: string[] = [];
  target.addEventListener("x", { handleEvent: (event) => void heard.push(event.type) }, { once: true });
  target.addEventListener("x", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  target.addEventListener("x", () => heard.push("never"));
  expect(target.dispatchEvent(new OwnEvent("x", { cancelable: true }))).toBe(false);
  target.dispatchEvent(new OwnEvent("x"));
  expect(heard).toEqual(["x"]);
});

describe("Timers", () => {
  test("fire in the order of their times, on one alarm", () => {
    let nowMs = 0;
    const alarms: number[] = [];
    const timers = new Timers(
      () => nowMs,
      (ms) => alarms.push(ms),
    );
    const fired: string[] = [];
    timers.set(() => fired.push("late"), 20, false);
    timers.set(() => fired.push("early"), 10, false);
    const again = timers.set(() => fired.push("again"), 15, true);
    timers.clear(timers.set(() => fired.push("never"), 5, false));
    const after = vi.fn();
    for (nowMs of [10, 15, 31]) timers.wake(after);
    timers.clear(again);
    nowMs = 100;
    timers.wake(after);
    expect([fired, after.mock.calls.length]).toEqual([["early", "again", "late", "again"], 4]);
    expect(alarms.slice(0, 3)).toEqual([20, 10, 10]);
  });
});

test("Date has its present from outside, and everything else of its own", () => {
  const OwnDate = createDate(Date, () => 1_000);
  expect([OwnDate.now(), new OwnDate().getTime(), new OwnDate(5).getTime(), OwnDate.UTC(1970, 0, 2)]).toEqual([
    1_000, 1_000, 5, 86_400_000,
  ]);
  // oxlint-disable-next-line unicorn/new-for-builtins -- called as a function it is a text
  expect([typeof OwnDate(), new OwnDate() instanceof OwnDate, new OwnDate() instanceof Date]).toEqual([
    "string",
    true,
    true,
  ]);
});

describe("structuredClone", () => {
  test("copies everything that has a copy, circles and twins too", () => {
    const shared = { deep: [1, 2] };
    const value: Record<string, unknown> = {
      shared,
      twin: shared,
      date: new Date(5),
      map: new Map([[1, new Set(["a"])]]),
      bytes: Uint8Array.of(1, 2, 3).subarray(1),
      error: new TypeError("wrong", { cause: "why" }),
    };
    value["self"] = value;
    const copy = structuredCopy(value) as Record<string, unknown>;
    expect(copy).toEqual(structuredClone(value));
    expect([copy["self"] === copy, copy["twin"] === copy["shared"], copy["shared"] === shared]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test.each([() => 1, Symbol("s"), new WeakMap(), Promise.resolve()])("refuses what has none", (value) => {
    expect(() => structuredCopy(value)).toThrow(DOMException);
  });
});

test("console writes lines, of anything", () => {
  const lines: string[] = [];
  const own = createConsole((level, text) => void lines.push(`${level}: ${text}`));
  own["log"]!("a", 1, { b: [2] }, null, undefined);
  own["error"]!(Object.assign(new Error("bad"), { stack: "" }));
  own["assert"]!(1 + 1 === 2, "not shown");
  own["assert"]!(false, "shown");
  own["warn"]!("x".repeat(100_000));
  expect(lines.slice(0, 3)).toEqual([
    'info: a 1 {"b":[2]} null undefined',
    "error: Error: bad",
    "error: Assertion failed shown",
  ]);
  expect(lines[3]!.length).toBeLessThan(10_010);
});

test("random numbers come from the host, and are what they should be", () => {
  const bytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  const own = createCrypto(bytes) as unknown as Crypto;
  expect(own.randomUUID()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(() => own.getRandomValues(new Uint8Array(65_537))).toThrow(DOMException);
  const random = createRandom(bytes);
  const drawn = Array.from({ length: 1_000 }, random);
  expect(drawn.every((one) => one >= 0 && one < 1)).toBe(true);
  expect(new Set(drawn).size).toBeGreaterThan(990);
});

interface Crypto {
  randomUUID(): string;
  getRandomValues(target: Uint8Array): Uint8Array;
}
