import { describe, expect, test } from "vitest";
import { hostConfigSchema } from "../config/host-config.ts";
import { type Alert, AlertBoard, type AlertFigures, type AlertLook } from "./alert-board.ts";
import { alertRulesOf } from "./alert-rules.ts";

const rulesOf = (alerts: unknown): ReturnType<typeof alertRulesOf> =>
  alertRulesOf(hostConfigSchema.parse({ alerts }).alerts);

const boardOf = (rules: unknown): AlertBoard => new AlertBoard(rulesOf({ defaults: false, rules }));

function look(at: number, figures: AlertFigures, more: Partial<AlertLook["plugins"][number]> = {}): AlertLook {
  return { at, host: figures, plugins: [{ plugin: "weather", figures, callsLately: 100, restarts: 0, ...more }] };
}

const names = (alerts: readonly Alert[]): string[] => alerts.map(({ rule, plugin = "host" }) => `${rule} ${plugin}`);

describe("AlertBoard", () => {
  test("raises after its time, and clears below the lower bound only [BWK-14]", () => {
    const board = boardOf({ slow: { metric: "p99_ms", above: 500, clear_below: 400, for_ms: 10_000 } });
    expect(board.look(look(0, { p99_ms: 900 })).raised).toEqual([]);
    const { raised } = board.look(look(10_000, { p99_ms: 900.04 }));
    expect(raised).toEqual([
      {
        rule: "slow",
        severity: "warning",
        plugin: "weather",
        metric: "p99_ms",
        value: 900.04,
        above: 500,
        since: 10_000,
        message: 'plugin "weather": latency at p99 is 900 ms, where 500 ms is the most (slow)',
      },
    ]);
    board.look(look(20_000, { p99_ms: 450 }));
    expect(board.look(look(60_000, { p99_ms: 450 })).cleared).toEqual([]);
    expect(board.active).toEqual([expect.objectContaining({ rule: "slow", since: 10_000, value: 450 })]);
    board.look(look(70_000, { p99_ms: 400 }));
    expect(names(board.look(look(80_000, { p99_ms: 300 })).cleared)).toEqual(["slow weather"]);
    expect(board.active).toEqual([]);
  });

  test("tells figures below one as they are [BWK-14]", () => {
    const board = boardOf({ rare: { metric: "errors_per_second", above: 0.016, for_ms: 0 } });
    expect(board.look(look(0, { errors_per_second: 0.0333 })).raised).toMatchObject([
      { message: 'plugin "weather": rate of failed calls is 0.033 a second, where 0.016 a second is the most (rare)' },
    ]);
  });

  test("leaves shares and latencies of few calls alone", () => {
    const board = boardOf({ failing: { metric: "error_percent", above: 10, for_ms: 0, min_calls: 5 } });
    expect(board.look(look(0, { error_percent: 100 }, { callsLately: 4 })).raised).toEqual([]);
    expect(names(board.look(look(1, { error_percent: 100 }, { callsLately: 5 })).raised)).toEqual(["failing weather"]);
    expect(names(board.look(look(2, { error_percent: 100 }, { callsLately: null })).cleared)).toEqual([
      "failing weather",
    ]);
  });

  test("counts restarts within a time, not those from before", () => {
    const board = boardOf({ loop: { metric: "restarts", above: 2, for_ms: 0, within_ms: 60_000, clear_below: 0 } });
    const at = (ms: number, restarts: number): string[] => names(board.look(look(ms, {}, { restarts })).raised);
    expect(at(0, 7)).toEqual([]);
    expect(at(1_000, 9)).toEqual([]);
    expect(at(2_000, 10)).toEqual(["loop weather"]);
    expect(names(board.look(look(62_000, {}, { restarts: 10 })).cleared)).toEqual(["loop weather"]);
  });

  test("looks at the plugins that a rule names, and at the host", () => {
    const board = boardOf({
      some: { metric: "memory_mb", above: 1, for_ms: 0, plugins: ["wea*", "x"] },
      others: { metric: "memory_mb", above: 1, for_ms: 0, plugins: ["*stock", "we"] },
      host: { metric: "host_memory_mb", above: 1, for_ms: 0 },
    });
    expect(names(board.look(look(0, { memory_mb: 5, host_memory_mb: 5 })).raised)).toEqual([
      "some weather",
      "host host",
    ]);
  });

  test("knows health, the worse with the milder", () => {
    const board = boardOf({
      ill: { metric: "health", is: "degraded", for_ms: 0 },
      down: { metric: "health", is: "unhealthy", for_ms: 0 },
    });
    expect(names(board.look(look(0, { health: 1 })).raised)).toEqual(["ill weather"]);
    const { raised } = board.look(look(1, { health: 2 }));
    expect(raised.map(({ message }) => message)).toEqual(['plugin "weather": it is unhealthy (down)']);
    expect(names(board.look(look(2, { health: 0 })).cleared)).toEqual(["ill weather", "down weather"]);
  });
});

describe("alertRulesOf", () => {
  test("has the usual rules, in whose place own ones of the same name stand", () => {
    const usual = alertRulesOf(undefined).map(({ name }) => name);
    expect(usual).toContain("plugin-unhealthy");
    const rules = rulesOf({ rules: { "plugin-memory": { metric: "memory_mb", above: 100 } } });
    expect(rules.map(({ name }) => name).toSorted()).toEqual(usual.toSorted());
    expect(rules.find(({ name }) => name === "plugin-memory")).toMatchObject({ metric: "memory_mb", clearAt: 90 });
    expect(rulesOf({ defaults: false })).toEqual([]);
  });

  test.each([
    [{ metric: "health", above: 3 }, "is: is needed for the metric health"],
    [{ metric: "p99_ms", above: 1, is: "degraded" }, "is: means nothing for the metric p99_ms"],
    [{ metric: "cpu_percent" }, "above: is needed for the metric cpu_percent"],
    [{ metric: "cpu_percent", above: 1, clear_below: 2 }, "clear_below: must not be more than above"],
  ])("refuses %j", (rule, problem) => {
    const { error } = hostConfigSchema.safeParse({ alerts: { rules: { mine: rule } } });
    expect(error!.issues.map(({ path, message }) => `${String(path.at(-1))}: ${message}`)).toContain(problem);
  });
});
