import { join } from "node:path";
import { BaseSource, fields, SourceRegistry } from "@berth/sdk";
import { createTestContext, openRecordedServer, openTestSource, type RecordedServer } from "@berth/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { weatherSource } from "./weather-source.ts";

const FOLDER = join(import.meta.dirname, "..");
const KEY = "0123456789abcdef0123456789abcdef";
/** 2026-04-01 13:05 in Seattle. */
const NOW = 1_775_073_912_000;
const now = (): number => NOW;

let server: RecordedServer;
beforeEach(async () => {
  server = await openRecordedServer({ recordings: join(FOLDER, "test/recordings") });
});
afterEach(() => server[Symbol.asyncDispose]());

const open = (config: Record<string, unknown>, more: object = {}) =>
  openTestSource({
    folder: FOLDER,
    source: "weather",
    now,
    config: { endpoint: server.url, geocoding_endpoint: server.url, ...config },
    ...more,
  });
const seattle = { city: "Seattle", api_key: KEY };

describe("weather: configuration", () => {
  test.each([
    ["nothing", {}, "weather: city is required: set it to the city to show, such as Seattle"],
    ["a city of blanks", { city: "  " }, "weather: city is required"],
  ])("asks for the city when there is %s [SIG-63, SIG-66, SIG-146]", async (_what, config, message) => {
    await expect(open(config)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(message),
      details: { instance: "test", issues: [{ path: ["city"] }] },
    });
  });

  test.each([
    [
      "missing",
      { city: "Seattle", provider: "openweathermap" },
      "weather: api_key is required for provider openweathermap",
    ],
    ["empty", { city: "Seattle", api_key: "" }, "weather: api_key is empty"],
  ])("asks for the key when it is %s [SIG-63, SIG-66]", async (_what, config, message) => {
    await expect(open(config)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(message),
      details: { issues: [{ path: ["api_key"] }] },
    });
  });

  test.each([
    [{ latitude: 1 }, "weather: longitude is required"],
    [{ longitude: 1 }, "weather: latitude is required"],
    [{ ...seattle, endpoint: "ftp://example.org" }, "weather: endpoint must be an address"],
    [
      { ...seattle, endpoint: "http://example.org" },
      "weather: endpoint must start with https, since the key is sent there",
    ],
    [{ ...seattle, endpoint: "https://example.org/?appid=1" }, "without user, query or fragment"],
    [{ city: "Oslo", unit: "metric" }, "unit is not a known field; did you mean units?"],
    [{ city: "Oslo", units: "parsec" }, "must be one of imperial, metric, standard"],
    [{ latitude: 91, longitude: 0 }, "must be at most 90"],
  ])("refuses %j", async (config, message) => {
    await expect(open(config)).rejects.toThrow(message);
  });

  test("never shows the key", async () => {
    const mistaken = open({ ...seattle, api_key: ["list", KEY] });
    const seen = await mistaken.then(
      () => "",
      (thrown: Error) => thrown.message + JSON.stringify(thrown),
    );
    expect(seen).not.toContain(KEY);
    expect(seen).toContain("api_key must be text");
  });
});

describe("weather: OpenWeatherMap", () => {
  test("asks for city, key and units, and shows what comes [SIG-64, SIG-67, SIG-133, SIG-141, SIG-142]", async () => {
    await using source = await open(seattle);
    const content = await source.fetch();
    expect(server.requests.map(({ path, query }) => ({ path, query }))).toEqual([
      { path: "/data/2.5/weather", query: { q: "Seattle", units: "imperial", appid: KEY } },
      { path: "/data/2.5/forecast", query: { q: "Seattle", units: "imperial", appid: KEY } },
    ]);
    expect(content).toMatchObject({
      title: "Seattle",
      subtitle: "Light rain",
      headline: { value: "52", unit: "°F", icon: "cloud-rain" },
      layout: "modern_weather",
      backgroundQuery: "weather/rainy",
      observedAt: "2026-04-01T20:05:12.000Z",
      credit: "OpenWeatherMap",
      accent: "#38bdf8",
    });
    expect(content?.lines).toEqual([
      "52°F, light rain",
      "Feels like 50°F",
      "High 57°F, low 46°F",
      "Humidity 79 %",
      "Wind 9.2 mph SSW, gusts 17 mph",
      "Rain in the last hour 0.03 in",
      "Pressure 1011 hPa",
      "Visibility 5 mi",
      "Sunrise 06:46, sunset 19:38",
    ]);
  });

  test("shows figures with icons, gauges for shares, the curve of a day and the days", async () => {
    await using source = await open(seattle);
    const content = await source.fetch();
    expect(content?.stats).toContainEqual({ label: "Humidity", value: "79", unit: "%", icon: "droplets", level: 0.79 });
    expect(content?.stats).toContainEqual({ label: "Wind", value: "9.2", unit: "mph SSW", icon: "wind", angle: 203 });
    expect(content?.series?.map(({ label, kind, points }) => [label, kind, points.length])).toEqual([
      ["Temperature, next 24 hours", "area", 9],
      ["Next days", "bar", 6],
      ["Chance of rain, next 24 hours", "bar", 9],
    ]);
    expect(content?.series?.[0]?.points[0]).toEqual({ at: "14:00", value: expect.any(Number) });
    expect(content?.series?.[1]?.points[0]).toEqual({ at: "Today", value: 57, low: 46, icon: "cloud" });
    expect(content?.tables?.[0]).toMatchObject({ title: "Next days", columns: ["Day", "Sky", "High", "Low", "Rain"] });
    expect(content?.tables?.[0]?.rows[0]).toEqual([
      "Wed",
      expect.any(String),
      expect.stringMatching(/^\d+°$/),
      expect.any(String),
      expect.stringMatching(/ %$/),
    ]);
  });

  test("shows metric units as they come, by coordinates, and no forecast where there is none recorded", async () => {
    await using source = await open({ latitude: 44.34, longitude: 10.99, api_key: KEY, units: "metric" });
    const content = await source.fetch();
    expect(content).toMatchObject({ title: "Zocca", headline: { value: "25", unit: "°C" }, series: [], tables: [] });
    expect(content?.lines).toContain("Wind 0.6 m/s N, gusts 1.2 m/s");
    expect(content?.lines).toContain("Rain in the last hour 3.2 mm");
    expect(content?.lines).toContain("Visibility 10 km");
    expect(source.logs).toContainEqual(
      expect.objectContaining({ level: "warn", message: "showing the weather without a forecast" }),
    );
  });

  test("shows kelvin, and leaves out what the service does not tell", async () => {
    await using source = await open({ city: "Oslo", api_key: KEY, units: "standard" });
    const content = await source.fetch();
    expect(content).toMatchObject({
      title: "Oslo",
      subtitle: "Snow",
      headline: { value: "268", unit: "K" },
      backgroundQuery: "weather/snowy",
    });
    expect(content?.stats?.map(({ label }) => label)).not.toContain("Gusts");
    expect(content?.headline?.caption).toBe("Feels like 263 K · High 269 K · Low 267 K");
  });

  test("warns and returns nothing when the service has no figures [SIG-64]", async () => {
    await using source = await open(seattle);
    server.use("missing-fields");
    expect(await source.fetch()).toBeUndefined();
    expect(source.logs.at(-1)).toEqual({
      level: "warn",
      message: "openweathermap has no data",
      fields: { place: "Seattle" },
    });
  });

  test.each(["server-error", "malformed", "truncated", "rate-limited"] as const)(
    "does without the forecast when that is %s",
    async (mode) => {
      await using source = await open(seattle);
      server.use(mode, { path: "/data/2.5/forecast" });
      expect(await source.fetch()).toMatchObject({ title: "Seattle", series: [] });
    },
  );

  test("does not let a slow forecast cost the weather", async () => {
    await using source = await open(seattle);
    server.use("slow", { path: "/data/2.5/forecast" });
    expect(await source.fetch({ deadline: NOW + 100 })).toMatchObject({ title: "Seattle", series: [] });
  });
});

describe("weather: upstream trouble", () => {
  test.each([
    ["unauthorized", "OpenWeatherMap refused the key (401); check api_key", { status: 401, retryable: false }],
    [
      "rate-limited",
      "OpenWeatherMap had too many requests (429); it asks to wait 30 s",
      { status: 429, retryAfterMs: 30_000 },
    ],
    ["server-error", "OpenWeatherMap failed (500)", { status: 500 }],
    ["malformed", "OpenWeatherMap answered with broken JSON", {}],
    ["wrong-type", "OpenWeatherMap answered with text/html in place of JSON", {}],
    ["redirect", "OpenWeatherMap redirects to http://sign-in.example/portal (302)", { status: 302 }],
  ] as const)("%s is told plainly, without the key [SIG-160]", async (mode, message, details) => {
    await using source = await open(seattle);
    server.use(mode);
    const error = await source.fetch().then(undefined, (thrown: Error) => thrown);
    expect(error).toMatchObject({ code: "PLUGIN_FAILED", message: expect.stringContaining(message), details });
    expect(JSON.stringify(error)).not.toContain(KEY);
  });

  test.each(["truncated", "huge"] as const)("%s fails and never shows the key, causes included", async (mode) => {
    await using source = await open(seattle);
    server.use(mode);
    const error = (await source.fetch().then(undefined, (thrown: Error) => thrown)) as Error & { toRecord(): unknown };
    expect(error).toMatchObject({ code: mode === "huge" ? "LIMIT_EXCEEDED" : "PLUGIN_FAILED" });
    expect(JSON.stringify(error.toRecord())).not.toContain(KEY);
  });

  test("an unknown city is named, and is not asked for again", async () => {
    await using source = await open({ city: "Atlantis", api_key: KEY });
    await expect(source.fetch()).rejects.toMatchObject({
      message: 'OpenWeatherMap knows no city "Atlantis"; check city',
      details: { status: 404, retryable: false },
    });
  });

  test("a wait given as a date is counted from now", async () => {
    await using source = await open(seattle);
    server.use("rate-limited", { retryAfter: new Date(NOW + 90_000).toUTCString() });
    await expect(source.fetch()).rejects.toMatchObject({ details: { retryAfterMs: 90_000 } });
  });

  test("a service that is not there is named", async () => {
    await using source = await open(seattle);
    await server[Symbol.asyncDispose]();
    await expect(source.fetch()).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
      message: expect.stringMatching(/^Cannot reach OpenWeatherMap: .*ECONNREFUSED/),
    });
  });

  test("a call that is given up ends at once with the reason it was given", async () => {
    await using source = await open(seattle);
    server.use("slow");
    const giveUp = new AbortController();
    const fetching = source.fetch({ signal: giveUp.signal });
    await server.whenHeld();
    giveUp.abort(new Error("deadline"));
    await expect(fetching).rejects.toThrow("deadline");
  });
});

describe("weather: Open-Meteo", () => {
  test("needs no key: finds the city once, keeps it, asks for everything in one request", async () => {
    const store = new Map();
    await using source = await open({ city: "Berlin", units: "metric" }, { store });
    const content = await source.fetch();
    await source.fetch();
    expect(server.requests.map(({ path }) => path)).toEqual(["/v1/search", "/v1/forecast", "/v1/forecast"]);
    expect(server.requests[1]?.query).toMatchObject({
      latitude: "52.52437",
      longitude: "13.41053",
      timezone: "auto",
      forecast_hours: "24",
      forecast_days: "7",
      wind_speed_unit: "ms",
    });
    expect(content).toMatchObject({
      title: "Berlin",
      subtitle: "Partly cloudy",
      headline: { value: "13", unit: "°C", icon: "cloud-sun", caption: "Feels like 11° · High 15° · Low 4°" },
      backgroundQuery: "weather/cloudy",
      observedAt: "2026-04-01T14:15:00+02:00",
      credit: "Open-Meteo",
    });
    expect(content?.series?.map(({ label, points }) => [label, points.length])).toEqual([
      ["Temperature, next 24 hours", 24],
      ["Next days", 7],
      ["Chance of rain, next 24 hours", 24],
    ]);
    expect(content?.lines).toContain("Sunrise 06:40, sunset 19:38");
    expect(content?.lines).toContain("Visibility 41 km");
  });

  test("asks for the city again when what it kept is a month old", async () => {
    const store = new Map([
      [
        "geocode:" + server.url + ":berlin",
        { at: NOW - 31 * 86_400_000, spot: { name: "Old", latitude: 0, longitude: 0 } },
      ],
    ]);
    await using source = await open({ city: "Berlin", units: "metric" }, { store });
    expect((await source.fetch())?.title).toBe("Berlin");
  });

  test("reads a country behind the name, and a region between them", async () => {
    await using source = await open({ city: "Berlin, New Hampshire, us", units: "imperial" });
    expect((await source.fetch())?.headline).toMatchObject({ value: "56", unit: "°F" });
    expect(server.requests[0]?.query).toMatchObject({ name: "Berlin", countryCode: "US" });
    expect(server.requests[1]?.query).toMatchObject({ latitude: "44.46867" });
  });

  test("asks by coordinates without a search, and shows kelvin", async () => {
    await using source = await open({ latitude: 52.52, longitude: 13.4, units: "standard" });
    expect(await source.fetch()).toMatchObject({ title: "52.52, 13.4", headline: { value: "287", unit: "K" } });
    expect(server.requests).toHaveLength(1);
  });

  test("names a city nobody knows, and what a refusal says", async () => {
    await using nowhere = await open({ city: "Atlantis" });
    await expect(nowhere.fetch()).rejects.toMatchObject({
      message: 'Open-Meteo knows no city "Atlantis"; check city, or set latitude and longitude',
      details: { retryable: false },
    });
    await using pole = await open({ latitude: 89.5, longitude: 0, units: "metric" });
    await expect(pole.fetch()).rejects.toThrow("Open-Meteo refused the request (400): Data corrupted at path");
    await using busy = await open({ latitude: 52.5, longitude: 13.4, units: "metric" });
    server.use("rate-limited", { retryAfter: "60" });
    await expect(busy.fetch()).rejects.toThrow("it asks to wait 60 s: Minutely API request limit exceeded");
  });

  test("warns and returns nothing without figures", async () => {
    await using source = await open({ latitude: 52.5, longitude: 13.4 });
    server.use("missing-fields");
    expect(await source.fetch()).toBeUndefined();
  });
});

describe("weather: several instances and the class way", () => {
  test("two instances at the same time keep their own settings [SIG-159]", async () => {
    const store = new Map();
    await using home = await open(seattle, { store, instanceId: "home" });
    await using away = await open(
      { city: "Oslo", api_key: "another-key", units: "standard" },
      { store, instanceId: "away" },
    );
    const runs = await Promise.all(Array.from({ length: 5 }, () => [home.fetch(), away.fetch()]).flat());
    expect(runs.map((content) => content?.title)).toEqual(Array.from({ length: 5 }, () => ["Seattle", "Oslo"]).flat());
    for (const { query } of server.requests) {
      expect([query["q"], query["appid"], query["units"]]).toEqual(
        query["q"] === "Seattle" ? ["Seattle", KEY, "imperial"] : ["Oslo", "another-key", "standard"],
      );
    }
  });

  test("answers a promise: the source is asynchronous [SIG-100, SIG-169]", async () => {
    await using source = await open(seattle);
    const fetching = source.fetch();
    expect(fetching).toBeInstanceOf(Promise);
    await fetching;
  });

  test("works through a registry of classes, whose execute() gives content and metrics [SIG-68, SIG-69]", async () => {
    const registry = new SourceRegistry();
    registry.register("weather")(WeatherClass);
    const { ctx } = createTestContext({
      plugin: { name: "weather", version: "1.0.0" },
      fetchAllowed: [server.host],
      now,
    });
    const source = registry.create("weather", "home", { ...seattle, endpoint: server.url }, ctx);
    const [content, metrics] = await source.execute();
    expect(content?.title).toBe("Seattle");
    expect(metrics).toMatchObject({ sourceId: "home", sourceType: "WeatherClass", success: true, dataPoints: 9 });
    const [none, failure] = await registry.create("weather", "away", { api_key: KEY }, ctx).execute();
    expect([none, failure.success, failure.error]).toEqual([
      undefined,
      false,
      expect.stringContaining("city is required"),
    ]);
  });
});

/** The same source in the form of a class, as an author may wrap it. */
class WeatherClass extends BaseSource {
  validateConfig(): true {
    if (typeof this.config["city"] !== "string") throw new TypeError("weather: city is required");
    return true;
  }

  async fetchData(signal = new AbortController().signal) {
    const checked = await weatherSource.config!["~standard"].validate(this.config);
    if (checked.issues) throw new TypeError(checked.issues[0]?.message);
    const instance = await weatherSource.create(checked.value, this.ctx);
    const call = { signal, deadline: Infinity, attempt: 1, caller: "test", permissions: [], correlationId: "test" };
    return "fetch" in instance ? instance.fetch(call) : undefined;
  }
}

test("weather: every field is described", () => {
  const schema = weatherSource.config?.["~standard"].jsonSchema?.input({ target: "draft-07" }) as {
    properties: Record<string, { description?: string }>;
  };
  for (const [name, field] of Object.entries(schema.properties)) expect(field.description, name).toBeTruthy();
  expect(fields({})).toBeDefined();
});
