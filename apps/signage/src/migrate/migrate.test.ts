import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDocument } from "@berth/kernel/config";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadSources } from "../config/index.ts";
import { migrate } from "./migrate.ts";
import { writeConfig } from "./write-config.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "berth-migrate-"));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

type Env = Record<string, string>;
interface Written {
  sources: { id: string; enabled: boolean; schedule: string; config: Record<string, unknown>; rendering?: object }[];
  [key: string]: unknown;
}

const parse = async (text: string): Promise<Written> =>
  JSON.parse(JSON.stringify((await readDocument({ file: "sources.yaml", text })).value)) as Written;
const written = async (env: Env): Promise<Written> => parse((await migrate({ env, cwd })).text);
const only = async (env: Env): Promise<Written["sources"][number]> => {
  const { sources } = await written(env);
  expect(sources).toHaveLength(1);
  return sources[0]!;
};

describe("migrate makes", () => {
  test("weather_default of OPENWEATHER_API_KEY, with the key as a reference [SIG-74] [SIG-75]", async () => {
    const { text } = await migrate({ env: { OPENWEATHER_API_KEY: "0123456789abcdef", WEATHER_CITY: "Oslo" }, cwd });
    expect(text).not.toContain("0123456789abcdef");
    expect((await parse(text)).sources).toEqual([
      {
        id: "weather_default",
        type: "weather",
        enabled: true,
        schedule: "*/15 * * * *",
        config: { city: "Oslo", api_key: "${OPENWEATHER_API_KEY}" },
        rendering: { layout: "modern_weather", background: "local" },
      },
    ]);
  });

  test("Seattle where no city is set [SIG-75]", async () => {
    expect((await only({ OPENWEATHER_API_KEY: "k" })).config["city"]).toBe("Seattle");
  });

  test("weather_default of the name people really had; the plan's name comes first", async () => {
    expect((await only({ WEATHER_API_KEY: "k" })).config["api_key"]).toBe("${WEATHER_API_KEY}");
    const both = await only({ WEATHER_API_KEY: "k", OPENWEATHER_API_KEY: "k" });
    expect(both.config["api_key"]).toBe("${OPENWEATHER_API_KEY}");
  });

  test("tesla_default of TESLA_ACCESS_TOKEN, every 30 minutes, the first vehicle [SIG-76]", async () => {
    expect(await only({ TESLA_ACCESS_TOKEN: "t0ken" })).toEqual({
      id: "tesla_default",
      type: "tesla",
      enabled: false,
      schedule: "*/30 * * * *",
      config: { vehicle_index: 0, access_token: "${TESLA_ACCESS_TOKEN}" },
    });
    expect((await only({ TESLA_CLIENT_ID: "i", TESLA_CLIENT_SECRET: "s", TESLA_REGION: "eu" })).config).toEqual({
      vehicle_index: 0,
      client_id: "${TESLA_CLIENT_ID}",
      client_secret: "${TESLA_CLIENT_SECRET}",
      region: "eu",
    });
  });

  test("ferry_default of FERRY_ROUTE_ID, every 10 minutes, with whole numbers [SIG-77]", async () => {
    const ferry = await only({ FERRY_ROUTE_ID: "4", FERRY_TERMINAL_ID: "7" });
    expect(ferry).toMatchObject({
      id: "ferry_default",
      schedule: "*/10 * * * *",
      config: { route_id: 4, terminal_id: 7 },
    });
    expect((await only({ FERRY_ROUTE_ID: "4" })).config).toEqual({ route_id: 4, terminal_id: 0 });
    const named = await only({
      FERRY_ROUTE: "Fauntleroy-Southworth",
      FERRY_HOME_TERMINAL: "Southworth",
      WSDOT_API_KEY: "k",
    });
    expect(named.config).toEqual({
      route: "Fauntleroy-Southworth",
      home_terminal: "Southworth",
      api_key: "${WSDOT_API_KEY}",
    });
  });

  test("every other source of the old settings; those without a source type yet are off and say so", async () => {
    const { text, sources } = await migrate({
      env: {
        STOCK_API_KEY: "k",
        STOCK_SYMBOL: "ACME",
        AMBIENT_API_KEY: "k",
        AMBIENT_APP_KEY: "k",
        SPEEDTEST_URL: "http://u:pass@box:8765",
        SPEEDTEST_TOKEN: "k",
        FOOTBALL_API_KEY: "k",
        SEAHAWKS_ENABLED: "true",
      },
      cwd,
    });
    expect(sources.map(({ id, enabled }) => `${id} ${enabled}`)).toEqual([
      "stock_default true",
      "ambient_default false",
      "speedtest_default false",
      "football_default false",
      "nfl_default false",
    ]);
    expect(text).toContain(
      "  # Off: this version has no source of the type speedtest yet\n  - id: speedtest_default\n",
    );
    expect(text).not.toContain("pass");
  });

  test("what concerns every picture", async () => {
    const { output, timezone, unsplash_key } = await written({
      OUTPUT_DIR: "art_folder",
      OUTPUT_PROFILES: '[{"name":"living room","width":1920,"height":1080,"output_dir":"art_folder/living"}]',
      ARCHIVE_KEEP_COUNT: "9",
      TIMEZONE: "US/Pacific",
      UNSPLASH_API_KEY: "k",
    });
    expect({ output, timezone, unsplash_key }).toEqual({
      output: {
        dir: "art_folder",
        profiles: [{ name: "living_room", width: 1920, height: 1080, dir: "art_folder/living" }],
        archive_keep: 9,
      },
      timezone: "US/Pacific",
      unsplash_key: "${UNSPLASH_API_KEY}",
    });
  });

  test("an empty list where there is nothing to carry over, and says what to do", async () => {
    const { text, notes } = await migrate({
      env: { WEATHER_API_KEY: "your_openweathermap_api_key", STOCK_API_KEY: " " },
      cwd,
    });
    expect(text).toContain("sources: []");
    expect(notes).toEqual(["no setting of a known source was found; `berth signage init` writes a first file"]);
  });
});

describe("migrate notes what it could not carry over:", () => {
  test.each<[string, Env, string]>([
    ["a route that is no number", { FERRY_ROUTE_ID: "x" }, "FERRY_ROUTE_ID: not a whole number, left out"],
    ["a zone there is not", { TIMEZONE: "Mars" }, "TIMEZONE: not a time zone, left out; the machine's is used"],
    [
      "a count out of range",
      { ARCHIVE_KEEP_COUNT: "-1" },
      "ARCHIVE_KEEP_COUNT: not a whole number from 0 to 1000, left out",
    ],
    ["profiles that are no list", { OUTPUT_PROFILES: "{" }, "OUTPUT_PROFILES: all left out; it is a JSON list"],
    [
      "a profile too many",
      { OUTPUT_PROFILES: '[{"name":"a","width":800,"height":600},{"name":"a","width":800,"height":600}]' },
      "OUTPUT_PROFILES: 1 left out",
    ],
    ["a path too long", { OUTPUT_DIR: "x".repeat(2000) }, "OUTPUT_DIR: longer than 1000 characters, left out"],
    [
      "a background without its key",
      { WEATHER_API_KEY: "k", WEATHER_BG_MODE: "pexels" },
      "WEATHER_BG_MODE: PEXELS_API_KEY is not set; gradient is used instead",
    ],
    [
      "a background nobody knows",
      { STOCK_API_KEY: "k", STOCK_BG_MODE: "video" },
      "STOCK_BG_MODE: there is no such background; gradient is used instead",
    ],
  ])("%s", async (_, env, note) => {
    const { notes, text } = await migrate({ env, cwd });
    expect(notes).toContainEqual(expect.stringContaining(note));
    expect(text).toContain(`# Note: ${note}`);
  });
});

describe("migrate and .env", () => {
  test("reads the file of the working directory; the environment wins; says what only the file has [SIG-74]", async () => {
    const folder = await mkdtemp(join(cwd, "dotenv-"));
    await writeFile(join(folder, ".env"), 'WEATHER_CITY="Bergen"\nWEATHER_API_KEY=abc # mine\nSTOCK_SYMBOL=FILE\n');
    const { text, notes } = await migrate({ env: { WEATHER_CITY: "Oslo" }, cwd: folder });
    expect((await parse(text)).sources[0]?.config).toEqual({ city: "Oslo", api_key: "${WEATHER_API_KEY}" });
    expect(notes).toEqual(["WEATHER_API_KEY: only in .env; load that file into the environment before Berth runs"]);
  });

  test("does without the usual file, and says that another one is not there", async () => {
    expect((await migrate({ env: {}, cwd, dotenvPath: ".env" })).sources).toEqual([]);
    await expect(migrate({ env: {}, cwd, dotenvPath: "other.env" })).rejects.toMatchObject({
      code: "CONFIG_NOT_FOUND",
    });
  });
});

describe("migrate writes what can be loaded:", () => {
  const NAMES = `
    OPENWEATHER_API_KEY WEATHER_API_KEY WEATHER_CITY WEATHER_BG_MODE STOCK_API_KEY STOCK_SYMBOL STOCK_BG_MODE
    TESLA_ACCESS_TOKEN TESLA_CLIENT_ID TESLA_CLIENT_SECRET TESLA_REGION FERRY_ROUTE_ID FERRY_ROUTE FERRY_TERMINAL_ID
    FERRY_HOME_TERMINAL WSDOT_API_KEY AMBIENT_API_KEY AMBIENT_APP_KEY SPEEDTEST_URL SPEEDTEST_TOKEN FOOTBALL_API_KEY
    SPORTS_API_KEY ARSENAL_TEAM_ID SEAHAWKS_ENABLED SEAHAWKS_TEAM_ID OUTPUT_DIR OUTPUT_PROFILES ARCHIVE_KEEP_COUNT
    TIMEZONE UNSPLASH_API_KEY PEXELS_API_KEY`
    .trim()
    .split(/\s+/);
  const SECRETS = NAMES.filter((name) => /KEY|TOKEN|SECRET|CLIENT_ID|URL/.test(name));

  test("a real .env gives a file that loads and runs its weather and stock [SIG-88] [SIG-153] [SIG-157] [SIG-172]", async () => {
    const folder = await mkdtemp(join(cwd, "real-"));
    const dotenv = `# Weather
WEATHER_CITY=Seattle
WEATHER_API_KEY=0123456789abcdef0123456789abcdef
WEATHER_BG_MODE=local
TESLA_CLIENT_ID=your_client_id_here
SPEEDTEST_URL=http://192.168.1.20:8765
STOCK_SYMBOL=AAPL
STOCK_API_KEY=DEMODEMO
STOCK_BG_MODE=gradient
FERRY_ROUTE=Fauntleroy-Southworth
OUTPUT_DIR=art_folder
TIMEZONE=US/Pacific
OUTPUT_PROFILES=
KEEP_DAYS=7
`;
    await writeFile(join(folder, ".env"), dotenv);
    const migration = await migrate({ env: {}, cwd: folder });
    const report = await writeConfig(undefined, { ...migration, cwd: folder });
    expect(report).toBe("Wrote sources.yaml with 4 sources, 2 switched on. Please review it before the first run.");
    const env = { WEATHER_API_KEY: "0123456789abcdef0123456789abcdef", STOCK_API_KEY: "DEMODEMO" };
    const loaded = await loadSources({ cwd: folder, env, knownTypes: ["weather", "stock"] });
    expect(
      loaded?.config.sources.filter((source) => source.enabled).map(({ id, config }) => ({ id, ...config })),
    ).toEqual([
      { id: "weather_default", city: "Seattle", api_key: "0123456789abcdef0123456789abcdef" },
      { id: "stock_default", symbol: "AAPL", api_key: "DEMODEMO" },
    ]);
    expect(loaded?.config).toMatchObject({ timezone: "US/Pacific", output: { dir: "art_folder" } });
  });

  test("what was migrated and the same written by hand mean the same [SIG-152]", async () => {
    const env = { OPENWEATHER_API_KEY: "k", WEATHER_CITY: "Oslo" };
    const byHand = `
sources:
  - id: weather_default
    type: weather
    schedule: "*/15 * * * *"
    config: { city: Oslo, api_key: "\${OPENWEATHER_API_KEY}" }
    rendering: { layout: modern_weather }
`;
    const configOf = async (text: string): Promise<unknown> =>
      (await loadSources({ path: { file: "sources.yaml", text }, env }))?.config;
    expect(await configOf((await migrate({ env, cwd })).text)).toEqual(await configOf(byHand));
  });

  test("any settings at all give a file that loads, and no secret is in it [SIG-74] [SIG-153]", async () => {
    const wild = fc.oneof(
      // What looks like a placeholder counts as not set.
      fc.string({ maxLength: 20 }).filter((text) => !/^\s*<.*>\s*$/.test(text)),
      fc.constantFrom(
        "${HOME}",
        "$${x",
        "a: b",
        "# x",
        "- y",
        "\u2028z",
        "multi\nline: x\n",
        "a\r\nb",
        "'",
        '"',
        "true",
        "4",
        "null",
        "~",
        "&a",
        "*a",
        "unsplash",
        "pexels",
      ),
      fc.constantFrom(
        "[]",
        "[1]",
        '[{"name":"o","width":800,"height":600,"output_dir":"output"}]',
        '[{"name":"a","width":800,"height":600}]',
      ),
    );
    const secret = fc.stringMatching(/^[a-z]{3}-[a-z0-9]{12}$/);
    const settings = fc.record(
      Object.fromEntries(NAMES.map((name) => [name, SECRETS.includes(name) ? secret : wild])),
      { requiredKeys: [] },
    ) as fc.Arbitrary<Env>;
    await fc.assert(
      fc.asyncProperty(settings, async (env: Env) => {
        const { text, sources } = await migrate({ env, cwd });
        const loaded = await loadSources({ path: { file: "sources.yaml", text }, env });
        expect(loaded?.config.sources.map(({ id }) => id)).toEqual(sources.map(({ id }) => id));
        const city = loaded?.config.sources.find(({ id }) => id === "weather_default")?.config["city"];
        if (city !== undefined && env["WEATHER_CITY"]?.trim()) expect(city).toBe(env["WEATHER_CITY"].trim());
        for (const name of SECRETS) if (env[name] !== undefined) expect(text).not.toContain(env[name]);
      }),
      { numRuns: 150 },
    );
  });
});

describe("writeConfig", () => {
  const sources = [{ enabled: true }];

  test("writes block style in the order given, and reports path, count and the wish for a review [SIG-78]", async () => {
    const { text, sources } = await migrate({ env: { TESLA_ACCESS_TOKEN: "t" }, cwd, schema: "sources.schema.json" });
    expect(await writeConfig("new.yaml", { text, sources, cwd })).toBe(
      "Wrote new.yaml with 1 source, 0 switched on. Please review it before the first run.",
    );
    expect(text).toBe(`# yaml-language-server: $schema=sources.schema.json
# Made by \`berth signage migrate\` from the settings in the environment. Please review it.
# Keys are not in this file: \${NAME} is taken from the environment when Berth runs.

sources:
  # From TESLA_ACCESS_TOKEN
  # Off: this version has no source of the type tesla yet
  - id: tesla_default
    type: tesla
    enabled: false
    schedule: "*/30 * * * *"
    config:
      vehicle_index: 0
      access_token: \${TESLA_ACCESS_TOKEN}
`);
  });

  test("does not overwrite unless it is told to", async () => {
    await writeConfig("twice.yaml", { text: "sources: []\n", sources, cwd });
    await expect(writeConfig("twice.yaml", { text: "x", sources, cwd })).rejects.toMatchObject({
      code: "CONFIG_EXISTS",
      message: "Cannot write twice.yaml: it is there already; use --force to replace it, or name another file",
    });
    expect(await writeConfig("twice.yaml", { text: "sources: []\n", sources, cwd, force: true })).toContain(
      "Wrote twice.yaml",
    );
  });
});
