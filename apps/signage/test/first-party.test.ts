import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { type AnswerMode, openRecordedServer, type RecordedServer } from "@berth/testing";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openRig, passTime, type Rig, type SourceEntry, until } from "./signage-rig.ts";

const PLUGINS = join(import.meta.dirname, "../../../plugins");
const FIRST_PARTY = ["signage-layouts", "weather", "stock", "system-health"].map((name) => join(PLUGINS, name));
const recordingsOf = (plugin: string): string => join(PLUGINS, plugin, "test/recordings");
const KEY = "0123456789abcdef0123456789abcdef";
/** When the answers were recorded. */
const NOW = 1_775_073_912_000;

let server: RecordedServer;
beforeEach(async () => {
  server = await openRecordedServer({ recordings: recordingsOf("weather") });
});
afterEach(() => server[Symbol.asyncDispose]());

const openReal = (sources: readonly SourceEntry[], env = {}): Promise<Rig> =>
  openRig({
    sources,
    env,
    plugins: FIRST_PARTY,
    isScripted: false,
    clock: new ManualClock(NOW),
    top: { output: { width: 320, height: 180 } },
  });

const seattle = (more: object = {}): SourceEntry => ({
  id: "weather_home",
  type: "weather",
  timeout: 5,
  config: { city: "Seattle", api_key: KEY, endpoint: server.url },
  rendering: { layout: "modern_weather", background: "gradient" },
  ...more,
});

describe("first-party sources in the application", () => {
  test("weather goes from the service's answer to a picture [SIG-86] [SIG-133] [SIG-151]", async () => {
    await using rig = await openReal([seattle()]);
    const { weather_home: run } = await rig.runOnce();
    expect(run).toMatchObject({ outcome: "success", attempts: 1, dataPoints: expect.any(Number) });
    expect(server.requests.map(({ path, query }) => [path, query["q"], query["appid"]])).toEqual([
      ["/data/2.5/weather", "Seattle", KEY],
      ["/data/2.5/forecast", "Seattle", KEY],
    ]);
    await expectPicture(run!.pictures[0]!);
    expect(rig.host.records.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  });

  test("stock, machine and history run beside it, each of its own plugin [SIG-136] [SIG-138] [SIG-164]", async () => {
    await using stocks = await openRecordedServer({ recordings: recordingsOf("stock") });
    const sources: SourceEntry[] = [
      seattle(),
      { id: "share", type: "stock", config: { symbol: "IBM", api_key: KEY, endpoint: stocks.url, request_gap: "0s" } },
      { id: "machine", type: "system-health" },
      { id: "history", type: "run-history" },
    ];
    await using rig = await openReal(sources);
    await rig.runOnce();
    const runs = await rig.runOnce();
    expect(Object.values(runs).map(({ id, outcome, error }) => [id, outcome, error])).toEqual(
      sources.map(({ id }) => [id, "success", undefined]),
    );
    for (const { pictures } of Object.values(runs)) await expectPicture(pictures[0]!);
    const kept = rig.host.storage.cache.get("signage/run-history/history")?.value;
    expect(JSON.stringify(kept)).toContain("weather_home");
  });

  test("two of one kind at the same time share no setting [SIG-159]", async () => {
    const berlin = {
      provider: "open-meteo",
      city: "Berlin",
      units: "metric",
      endpoint: server.url,
      geocoding_endpoint: server.url,
    };
    await using rig = await openReal([seattle(), seattle({ id: "weather_berlin", config: berlin })]);
    server.use("slow");
    const running = rig.runOnce();
    // Both are under way before either has an answer.
    await until(() => server.heldAnswers >= 2);
    server.use("ok");
    server.release();
    const runs = await passTime(rig.clock, running, 1_000);
    expect(Object.values(runs).map(({ error, outcome }) => error ?? outcome)).toEqual(["success", "success"]);
    const asked = server.requests.map(({ path, query }) => `${path} ${query["appid"] ?? "no key"}`);
    expect(asked.sort()).toEqual([
      `/data/2.5/forecast ${KEY}`,
      `/data/2.5/weather ${KEY}`,
      "/v1/forecast no key",
      "/v1/search no key",
    ]);
    const kept = ["weather_home", "weather_berlin"].map(
      (id) => rig.host.storage.cache.get(`signage/weather/${id}`)?.value,
    );
    expect(kept).toMatchObject([
      { title: expect.stringContaining("Seattle") },
      { title: expect.stringContaining("Berlin") },
    ]);
  });
});

describe("a service on a bad day", () => {
  const FAILURES: [AnswerMode, number, RegExp][] = [
    ["unauthorized", 1, /^OpenWeatherMap refused the key \(401\); check api_key$/],
    ["server-error", 3, /^OpenWeatherMap failed \(500\); it is asked again at the next attempt/],
    ["malformed", 3, /^OpenWeatherMap answered with broken JSON/],
    ["truncated", 3, /^Cannot reach OpenWeatherMap: /],
    ["wrong-type", 3, /^OpenWeatherMap answered with text\/html in place of JSON/],
    ["huge", 3, /./],
    ["redirect", 3, /^OpenWeatherMap redirects to http:\/\/sign-in\.example\/portal/],
  ];

  test.each(FAILURES)(
    "%s: the run fails after %d attempts, and the sentence helps [SIG-160]",
    async (mode, attempts, message) => {
      await using rig = await openReal([seattle()]);
      server.use(mode);
      const { weather_home: run } = await passTime(rig.clock, rig.runOnce(), 1_000);
      expect(run).toMatchObject({ outcome: "failed", error: { message: expect.stringMatching(message) } });
      expect(run!.attempts).toBeLessThanOrEqual(attempts);
      expect(run!.error!.message).not.toContain(KEY);
    },
  );

  test("that asks to wait is left alone as long as it asks [SIG-96]", async () => {
    await using rig = await openReal([seattle({ retry: { max_attempts: 2, backoff_seconds: [1] } })]);
    server.use("rate-limited", { path: "/data/2.5/weather", retryAfter: "7", times: 1 });
    const running = rig.runOnce();
    const times = (): number => server.requests.filter(({ path }) => path === "/data/2.5/weather").length;
    await until(() => times() >= 1);
    await passTime(
      rig.clock,
      until(() => times() >= 2),
      1_000,
    );
    // No time passes while a real answer is on its way.
    const { weather_home: run } = await running;
    expect(run).toMatchObject({ outcome: "success", attempts: 2 });
    expect(run!.durationMs).toBeGreaterThanOrEqual(7_000);
  });

  test("that does not answer is given up, and its connections are closed [SIG-91] [SIG-108]", async () => {
    await using rig = await openReal([seattle({ retry: { enabled: false } })]);
    server.use("slow");
    const running = rig.runOnce();
    await until(() => server.heldAnswers > 0);
    await rig.clock.advance(5_000);
    expect((await running)["weather_home"]).toMatchObject({
      outcome: "failed",
      error: { code: "CALL_DEADLINE_EXCEEDED", message: expect.stringContaining("within 5 s") },
    });
    await until(() => server.heldAnswers === 0);
  });
});

describe("a key from the environment", () => {
  test("stands in no file, log line or report, whatever the service makes of it", async () => {
    const env = { OPENWEATHER_API_KEY: KEY, STOCK_API_KEY: "K3YK3YK3YK3YK3YK" };
    const entry = (id: string, endpoint: string) =>
      seattle({ id, config: { city: "Seattle", api_key: "${OPENWEATHER_API_KEY}", endpoint } });
    await using telltale = await openRecordedServer({
      recordings: [
        { request: { path: "/data/2.5/weather" }, response: { status: 400, body: { message: `bad key ${KEY}` } } },
      ],
    });
    await using rig = await openReal([entry("well", server.url), entry("telltale", telltale.url)], env);
    const runs = await passTime(rig.clock, rig.runOnce(), 1_000);
    expect(Object.values(runs).map(({ outcome }) => outcome)).toEqual(["success", "failed"]);
    expect(telltale.requests[0]?.query["appid"]).toBe(KEY);
    const said = JSON.stringify([runs, rig.events, rig.host.records, rig.signage.sources]);
    expect(said).not.toContain(KEY);
    for (const file of await filesBelow(rig.folder)) {
      expect((await readFile(file)).includes(KEY), file).toBe(false);
    }
  });

  test("is hidden although the plugin that has it lays it open everywhere", async () => {
    const secret = "s3cr3t-0f-the-h0use";
    const open = (config: Record<string, unknown>) => String(config["token"]);
    const script = {
      fetch: ({ id, config }: { id: string; config: Record<string, unknown> }) => {
        if (id === "thrown") throw new Error(`refused ${open(config)}`);
        return { title: open(config), lines: [`Bearer ${open(config)}`], notice: encodeURIComponent(open(config)) };
      },
    };
    const config = { token: "${HOUSE_TOKEN}" };
    const sources = [
      { id: "shown", config },
      { id: "thrown", config, retry: { enabled: false } },
    ];
    await using rig = await openRig({ sources, script, env: { HOUSE_TOKEN: secret } });
    const { thrown } = await rig.runOnce();
    expect(thrown?.error?.message).toContain("refused ***");
    expect(rig.drawn).toMatchObject([{ title: "***" }]);
    expect(JSON.stringify([rig.events, rig.host.records, rig.signage.sources])).not.toContain(secret);
    for (const file of await filesBelow(rig.folder)) {
      expect((await readFile(file)).includes(secret), file).toBe(false);
    }
  });
});

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  expect(files.length).toBeGreaterThan(3);
  return files;
}

/** A picture of the size asked for with something on it. */
async function expectPicture(path: string): Promise<void> {
  const { width, height } = await sharp(path).metadata();
  expect([width, height]).toEqual([320, 180]);
  const { channels } = await sharp(path).stats();
  expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(10);
}
