import { describe, expect, test } from "vitest";
import { httpHint, type HttpRules } from "./http-hint.ts";

const RULES: HttpRules = {
  minDelayMs: 1_000,
  maxDelayMs: 1_800_000,
  parseJson: true,
  parseHeaders: true,
  trustClient: false,
  customFields: [],
};

const answer = (status: number, headers = "", body = ""): string =>
  `HTTP/1.1 ${status} Whatever\r\n${headers === "" ? "" : `${headers}\r\n`}\r\n${body}`;

const hint = (text: string, rules: Partial<HttpRules> = {}): number | undefined =>
  httpHint(text, { ...RULES, ...rules }, 0);

describe("httpHint", () => {
  test("reads Retry-After in seconds or as a date", () => {
    expect(hint(answer(503, "Server: x\r\nretry-after: 5"))).toBe(5_000);
    expect(hint(answer(429, "Retry-After: Thu, 01 Jan 1970 00:01:00 GMT"))).toBe(60_000);
    expect(hint(answer(429, "Retry-After: tomorrow"))).toBeUndefined();
    expect(hint("HTTP/2 503 \r\nretry-after: 7\r\n\r\n")).toBe(7_000);
  });

  test.each([
    [{ retry_after: 3 }, 3_000],
    [{ retryAfter: "4" }, 4_000],
    [{ error: { retry_after: 2.1 } }, 3_000],
    [{ rate_limit: { reset_in: "1m" } }, 60_000],
    [{ backoff: { delay: 9 } }, 9_000],
    [{ retry_after: -1 }, undefined],
    [{ retry_after: null }, undefined],
    [{ other: 5 }, undefined],
  ])("reads the fields of %j, and rounds up", (body, expected) => {
    expect(hint(answer(503, "", JSON.stringify(body)))).toBe(expected);
  });

  test("reads fields of one's own before the usual ones", () => {
    const body = JSON.stringify({ retry_after: 3, wait: { s: 8 }, "a.b": 2 });
    expect(hint(answer(503, "", body), { customFields: ["wait.s"] })).toBe(8_000);
    expect(hint(answer(503, "", body), { customFields: ["a.b"] })).toBe(2_000);
  });

  test("believes neither success nor errors of the client's own making, unless it is told to", () => {
    const asking = "Retry-After: 5";
    const believed = [200, 204, 301, 400, 401, 403, 404, 429, 500, 503].filter(
      (status) => hint(answer(status, asking)) !== undefined,
    );
    expect(believed).toEqual([301, 403, 429, 500, 503]);
    expect(hint(answer(404, asking), { trustClient: true })).toBe(5_000);
  });

  test("keeps to the least and the most", () => {
    expect(hint(answer(503, "Retry-After: 0"))).toBe(1_000);
    expect(hint(answer(503, "Retry-After: 999999"))).toBe(1_800_000);
    expect(hint(answer(503, "Retry-After: 60"), { maxDelayMs: 10_000 })).toBe(10_000);
  });

  test("looks at the last of several answers, and only where it is told to", () => {
    expect(hint(answer(301, "Retry-After: 9") + answer(200))).toBeUndefined();
    expect(hint(answer(200) + answer(503, "Retry-After: 9"))).toBe(9_000);
    expect(hint(answer(503, "Retry-After: 9"), { parseHeaders: false })).toBeUndefined();
    expect(hint(answer(503, "", '{"retry_after":9}'), { parseJson: false })).toBeUndefined();
    expect(hint("no answer at all, retry-after: 9")).toBeUndefined();
    expect(hint(answer(503, "", "{ broken"))).toBeUndefined();
  });
});
