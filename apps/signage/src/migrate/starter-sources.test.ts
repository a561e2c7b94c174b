import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type LoadedSources, loadSources } from "../config/index.ts";
import { starterSources } from "./starter-sources.ts";

const example = (name: string): Promise<string> =>
  readFile(new URL(`../../../../examples/${name}`, import.meta.url), "utf8");
const TYPES = ["system-health", "run-history", "git-activity", "weather", "stock"];

async function load(text: string, env: Record<string, string> = {}): Promise<LoadedSources> {
  return (await loadSources({
    path: { file: "sources.yaml", text },
    env,
    knownTypes: TYPES,
    schedulePeriod: () => 60,
  }))!;
}

describe("starterSources", () => {
  test("switches the repository off where there is none, and nothing else", async () => {
    const withOne = starterSources();
    const without = starterSources({ hasRepository: false });
    expect(without.split("\n").filter((line) => !withOne.split("\n").includes(line))).toEqual([
      "    enabled: false # there is no repository here yet",
    ]);
    const { config } = await load(without);
    expect(config.sources.filter(({ enabled }) => enabled).map(({ id }) => id)).toEqual(["machine", "history"]);
  });

  test("runs as it is, without a key or a line of code, and without a doubt [SIG-173]", async () => {
    const { config, warnings } = await load(starterSources());
    expect(config.sources.map(({ id, type, enabled }) => `${id} ${type} ${enabled}`)).toEqual([
      "machine system-health true",
      "history run-history true",
      "repository git-activity true",
      "weather weather false",
      "weather_openweathermap weather false",
      "stock stock false",
    ]);
    expect(warnings).toEqual([]);
  });

  test("says above each source that is off how to switch it on, and that is enough", async () => {
    const text = starterSources();
    expect(text.match(/To switch it on: enabled: true/g)).toHaveLength(3);
    const env = { OPENWEATHER_API_KEY: "k", STOCK_API_KEY: "k" };
    const { config } = await load(text.replaceAll("enabled: false", "enabled: true"), env);
    expect(config.sources.every((source) => source.enabled)).toBe(true);
  });

  test("is the file that npm start runs", async () => {
    expect(await example("signage/sources.yaml")).toBe(starterSources({ schema: "../../schemas/sources.schema.json" }));
  });
});

describe("examples/sources.yaml", () => {
  test("has weather_home as it is described [SIG-54]", async () => {
    const { config } = await load(await example("sources.yaml"), { OPENWEATHER_API_KEY: "k3y" });
    expect(config.sources[0]).toMatchObject({
      id: "weather_home",
      type: "weather",
      enabled: true,
      schedule: "*/15 * * * *",
      timeout: 30,
      config: { city: "Seattle", api_key: "k3y" },
      rendering: { layout: "modern_weather", background: "local", background_query: "weather/cloudy" },
      retry: { enabled: true, max_attempts: 3, backoff_seconds: [1, 2, 4] },
      fallback: { use_cached: true, max_age_hours: 24 },
    });
  });

  test("has tesla_model_y as it is described, off until there is such a source [SIG-55]", async () => {
    const { config } = await load(await example("sources.yaml"), { OPENWEATHER_API_KEY: "k" });
    expect(config.sources[1]).toMatchObject({
      id: "tesla_model_y",
      type: "tesla",
      enabled: false,
      schedule: "*/30 * * * *",
      timeout: 45,
      config: { vehicle_index: 0 },
      rendering: { layout: "tesla_card", background: "local", background_query: "tesla/model_y" },
    });
  });

  test("has ferry_seattle_bainbridge as it is described, off until there is such a source [SIG-56]", async () => {
    const { config } = await load(await example("sources.yaml"), { OPENWEATHER_API_KEY: "k" });
    expect(config.sources[2]).toMatchObject({
      id: "ferry_seattle_bainbridge",
      type: "ferry",
      enabled: false,
      schedule: "*/10 6-22 * * *",
      timeout: 20,
      config: { route_id: 4, terminal_id: 7 },
      rendering: { layout: "ferry_map", background: "local", background_query: "ferry/puget_sound" },
    });
  });

  test("explains itself and points at the guide [SIG-57]", async () => {
    const text = await example("sources.yaml");
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/schemas\/sources\.schema\.json\n/);
    expect(text).toContain("docs/guide/first-plugin.md");
    expect(text.match(/#/g)!.length).toBeGreaterThan(15);
  });
});
