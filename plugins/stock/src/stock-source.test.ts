import { join } from "node:path";
import { openRecordedServer, openTestSource, type RecordedServer } from "@berth/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const FOLDER = join(import.meta.dirname, "..");
const KEY = "K3YK3YK3YK3YK3YK";
const NOW = Date.UTC(2026, 3, 1, 21, 0);

let server: RecordedServer;
beforeEach(async () => {
  server = await openRecordedServer({ recordings: join(FOLDER, "test/recordings") });
});
afterEach(() => server[Symbol.asyncDispose]());

const open = (config: Record<string, unknown>, more: object = {}) =>
  openTestSource({
    folder: FOLDER,
    source: "stock",
    now: () => NOW,
    config: { api_key: KEY, endpoint: server.url, request_gap: "0s", ...config },
    ...more,
  });

describe("stock: configuration", () => {
  test.each([
    [{}, "symbol", "stock: symbol is required"],
    [{ symbol: "IBM", api_key: "" }, "api_key", "stock: api_key is required"],
    [{ symbol: "IBM", api_key: undefined }, "api_key", "stock: api_key is required"],
    [{ symbol: "IBM; drop" }, "symbol", "symbol must match"],
    [{ symbol: "IBM", endpoint: "http://example.org" }, "endpoint", "stock: endpoint must start with https"],
    [{ symbol: "IBM", history_days: 101 }, "history_days", "must be at most 100"],
  ])("refuses %j, naming %s [SIG-146]", async (config, field, message) => {
    await expect(open(config)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(message),
      details: { issues: [expect.objectContaining({ path: [field] })] },
    });
  });
});

describe("stock: Alpha Vantage", () => {
  test("shows price, change and history [SIG-136, SIG-141, SIG-142]", async () => {
    await using source = await open({ symbol: "ibm", name: "IBM Corp." });
    const content = await source.fetch();
    expect(server.requests.map(({ query }) => query)).toEqual([
      { function: "GLOBAL_QUOTE", symbol: "IBM", apikey: KEY },
      { function: "TIME_SERIES_DAILY", symbol: "IBM", apikey: KEY },
    ]);
    expect(content).toMatchObject({
      title: "IBM Corp.",
      subtitle: "IBM",
      headline: {
        value: "244.41",
        unit: "USD",
        caption: "Traded on 1 Apr",
        trend: { direction: "up", text: "+1.54 (+0.63 %)" },
      },
      layout: "modern_stock",
      accent: "#34d399",
      credit: "Alpha Vantage",
    });
    expect(content?.lines).toEqual([
      "IBM Corp. 244.41 USD",
      "+1.54 (+0.63 %) since the previous close",
      "Previous close 242.88",
      "Open 241.77, high 245.16, low 240.84",
      "Volume 4,134,521",
      "Day of trading 2026-04-01",
    ]);
    expect(content?.stats).toContainEqual({ label: "Volume", value: "4.1 M", icon: "chart-column" });
    const [history] = content?.series ?? [];
    expect(history).toMatchObject({ label: "60 days", kind: "area", baseline: 242.875 });
    expect([history?.points.length, history?.points.at(-2), history?.points.at(-1)]).toEqual([
      60,
      { at: "31 Mar", value: 242.875 },
      { at: "1 Apr", value: 244.41 },
    ]);
    expect(content?.tables?.[0]?.rows[0]).toEqual(["1 Apr", "244.41", "+0.63 %"]);
  });

  test("asks for the history twice a day at most, since a free key has 25 requests", async () => {
    let nowMs = NOW;
    await using source = await open({ symbol: "IBM" }, { now: () => nowMs });
    await source.fetch();
    nowMs += 11 * 3_600_000;
    expect((await source.fetch())?.series).toHaveLength(1);
    expect(server.requests.map(({ query }) => query["function"])).toEqual([
      "GLOBAL_QUOTE",
      "TIME_SERIES_DAILY",
      "GLOBAL_QUOTE",
    ]);
    nowMs += 2 * 3_600_000;
    await source.fetch();
    expect(server.requests.at(-1)?.query["function"]).toBe("TIME_SERIES_DAILY");
  });

  test("keeps the old history when a fresh one cannot be had, and does without when there is none", async () => {
    let nowMs = NOW;
    await using source = await open({ symbol: "IBM" }, { now: () => nowMs });
    await source.fetch();
    nowMs += 13 * 3_600_000;
    server.use("server-error", { query: { function: "TIME_SERIES_DAILY", symbol: "IBM" } });
    await using other = await open({ symbol: "TSCO.LON" });
    const content = await other.fetch();
    expect(content).toMatchObject({
      series: [],
      tables: [],
      headline: { value: "1,331.50", trend: { direction: "down", text: "−12.50 (−0.93 %)" } },
    });
    expect(content?.headline).not.toHaveProperty("unit");
    expect(other.logs.at(-1)).toMatchObject({
      level: "warn",
      fields: { reason: expect.stringContaining("check symbol") },
    });
    expect((await source.fetch())?.series).toHaveLength(1);
    expect(source.logs.at(-1)).toMatchObject({ level: "warn", fields: { reason: expect.stringContaining("(500)") } });
  });

  test("asks for no history when none is wanted", async () => {
    await using source = await open({ symbol: "IBM", history_days: 0 });
    expect(await source.fetch()).toMatchObject({ series: [] });
    expect(server.requests).toHaveLength(1);
  });

  test("warns and returns nothing when there is no price", async () => {
    await using source = await open({ symbol: "IBM" });
    server.use("missing-fields");
    expect(await source.fetch()).toBeUndefined();
    expect(source.logs.at(-1)).toMatchObject({ level: "warn", message: "Alpha Vantage has no price" });
  });

  test("two instances keep their own symbol and key [SIG-159]", async () => {
    const store = new Map();
    await using one = await open({ symbol: "IBM" }, { store, instanceId: "one" });
    await using two = await open({ symbol: "TSCO.LON", api_key: "OTHER" }, { store, instanceId: "two" });
    const [first, second] = await Promise.all([one.fetch(), two.fetch()]);
    expect([first?.title, second?.title]).toEqual(["IBM", "TSCO.LON"]);
    for (const { query } of server.requests) expect(query["apikey"]).toBe(query["symbol"] === "IBM" ? KEY : "OTHER");
  });
});

describe("stock: refusals that look like answers", () => {
  test.each([
    ["SECOND", "wants at most one request a second; ask again in 2 s", { retryAfterMs: 2_000 }],
    ["MINUTE", "had too many requests in a minute; ask again in 60 s", { retryAfterMs: 60_000 }],
    ["DAY", "allows this key no more requests today; ask again in 1 h", { retryAfterMs: 3_600_000 }],
    ["NOKEY", "refused the key; check api_key", { retryable: false }],
    ["DEMO", "refused the key; check api_key", { retryable: false }],
    ["PREMIUM", "gives this only to paying users", { retryable: false }],
    ["BADCALL", "did not understand the request; check symbol", { retryable: false }],
    ["NOSUCH", 'knows no symbol "NOSUCH"; check symbol', { retryable: false }],
    ["OTHER", "answered with a notice in place of data: We are upgrading", {}],
  ])("%s: %s", async (symbol, message, details) => {
    await using source = await open({ symbol });
    const error = await source.fetch().then(undefined, (thrown: Error) => thrown);
    expect(error).toMatchObject({ code: "PLUGIN_FAILED", message: expect.stringContaining(message), details });
    expect(JSON.stringify([error, (error as Error).message])).not.toContain(KEY);
  });

  test.each([
    ["unauthorized", "Alpha Vantage refused the key (401); check api_key"],
    ["rate-limited", "Alpha Vantage had too many requests (429); it asks to wait 30 s"],
    ["server-error", "Alpha Vantage failed (500)"],
    ["malformed", "Alpha Vantage answered with broken JSON"],
    ["truncated", "Cannot reach Alpha Vantage"],
    ["wrong-type", "in place of JSON"],
    ["redirect", "Alpha Vantage redirects to"],
    ["huge", "larger than"],
  ] as const)("%s is told plainly", async (mode, message) => {
    await using source = await open({ symbol: "IBM" });
    server.use(mode);
    const error = await source.fetch().then(undefined, (thrown: Error) => thrown);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain(KEY);
  });

  test("a call given up between the two requests ends with its reason", async () => {
    await using source = await open({ symbol: "IBM", request_gap: "10s" });
    const giveUp = new AbortController();
    const fetching = source.fetch({ signal: giveUp.signal });
    await expect.poll(() => server.requests.length).toBe(1);
    giveUp.abort(new Error("deadline"));
    await expect(fetching).rejects.toThrow("deadline");
  });
});
