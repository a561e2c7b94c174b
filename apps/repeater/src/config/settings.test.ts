import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FLAGS } from "../flags/flag-table.ts";
import type { FlagValue } from "../flags/flag.ts";
import { readConfigFile } from "./config-file.ts";
import { Settings } from "./settings.ts";

async function settings(
  toml: string,
  {
    env = {},
    typed = {},
    mode,
  }: { env?: Record<string, string>; typed?: Record<string, FlagValue>; mode?: string } = {},
): Promise<Settings> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "rpr-test-"));
  const path = join(folder.path, "config.toml");
  await writeFile(path, toml);
  const file = await readConfigFile(path, FLAGS);
  const place = (text: string): string => text.replaceAll(`${folder.path}/`, "");
  const made = new Settings({ flags: FLAGS, typed: new Map(Object.entries(typed)), env, file, mode });
  return Object.assign(made, { problems: made.problems.map(place) });
}

const valueOf = (made: Settings, name: string): FlagValue | undefined => made.get(name)?.value;

describe("Settings", () => {
  test("are as typed, else of the environment, else of the file, else the default [RPT-3]", async () => {
    const toml = '[defaults]\ntimeout = "10s"\ngrace = "5s"\nparallel = 2\n';
    const env = { RPR_TIMEOUT: "20s", RPR_GRACE: "6s" };
    const made = await settings(toml, { env, typed: { timeout: 40_000 } });
    const origins = ["timeout", "grace", "parallel", "catch-up"].map((name) => {
      const { value, origin } = made.get(name)!;
      return [value, origin.replace(/.*config\.toml/, "config.toml")];
    });
    expect(origins).toEqual([
      [40_000, "--timeout"],
      [6_000, "RPR_GRACE"],
      [2, "config.toml [defaults] parallel"],
      ["one", "default"],
    ]);
  });

  test("read the sections of the upstream, and those that its guide shows", async () => {
    const upstream = await settings(
      '[defaults]\ntimeout = "45s"\nlog_level = "debug"\nmax_retries = 5\n[scheduling]\ndefault_interval = "15s"\njitter_percent = 10.0\n' +
        "[observability]\nmetrics_enabled = true\nmetrics_port = 9191\nhealth_enabled = false\nhealth_check_port = 8181\n",
      { mode: "interval" },
    );
    const guide = await settings(
      '[default]\ntimeout = "45s"\nenable_metrics = true\nmetrics_port = 9191\nenable_health = false\nhealth_port = 8181\n' +
        '[scheduler]\ndefault_interval = "15s"\nmax_jitter = 0.1\n[http_aware]\nmax_delay = "10m"\nparse_json = false\n',
      { mode: "interval" },
    );
    for (const made of [upstream, guide]) {
      expect([valueOf(made, "timeout"), valueOf(made, "every"), valueOf(made, "jitter")]).toEqual([
        45_000,
        15_000,
        { share: 0.1 },
      ]);
      expect([...made.outputs]).toEqual(["metrics"]);
      expect(Object.fromEntries([...made.plugins].map(([name, own]) => [name, Object.fromEntries(own)]))).toEqual({
        metrics: { listen: "9191" },
        health: { listen: "8181" },
      });
      expect(made.problems).toEqual([]);
    }
    expect([valueOf(guide, "http-max-delay"), valueOf(guide, "http-parse-json")]).toEqual([600_000, false]);
  });

  test("read the variables of the upstream", async () => {
    const env = {
      RPR_DEFAULT_INTERVAL: "7s",
      RPR_JITTER_PERCENT: "5",
      RPR_HEALTH_ENABLED: "true",
      RPR_METRICS_PORT: "9999",
    };
    const made = await settings("", { env, mode: "interval" });
    expect([valueOf(made, "every"), valueOf(made, "jitter")]).toEqual([7_000, { share: 0.05 }]);
    expect([[...made.outputs], made.plugins.get("metrics")]).toEqual([["health"], new Map([["listen", "9999"]])]);
    expect(valueOf(await settings("", { env, mode: "count" }), "every")).toBeUndefined();
  });

  test("of a plugin and of one mode stand in sections of their own [RPT-98]", async () => {
    const made = await settings('[plugins.fibonacci]\nbase_interval = "1s"\n[count]\nevery = "2s"\n', {
      mode: "count",
    });
    expect(made.plugins.get("fibonacci")).toEqual(new Map([["base_interval", "1s"]]));
    expect(valueOf(made, "every")).toBe(2_000);
  });

  test("tell everything that is wrong, with the nearest name", async () => {
    const made = await settings(
      'timeout = "1s"\n[defaultz]\n[defaults]\ntimeuot = "1s"\ngrace = "x"\n[count]\nevry = "1s"\n',
      {
        env: { RPR_PARALLEL: "many" },
        mode: "count",
      },
    );
    expect(made.problems).toEqual([
      'config.toml: "timeout" is no section; write it below [defaults]',
      "config.toml: section [defaultz] is not known; did you mean defaults?",
      "config.toml: [defaults] timeuot is not known; did you mean timeout?",
      "config.toml: [count] evry is not known; did you mean every?",
      'config.toml [defaults] grace: "x" is no duration such as 500ms, 30s, 1h30m or 2d',
      'RPR_PARALLEL: "many" is no whole number',
    ]);
  });

  test("refuse a file that is no TOML", async () => {
    await expect(settings("[defaults\n")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(readConfigFile("/nowhere/config.toml", FLAGS)).rejects.toMatchObject({ code: "CONFIG_NOT_FOUND" });
  });
});
