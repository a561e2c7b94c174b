import { describe, expect, test } from "vitest";
import { HealthRecord } from "./health-record.ts";
import { overallHealth } from "./overall-health.ts";
import { selectResults } from "./health-result.ts";

const rule = { failures: 2, successes: 2 };
const about = { tags: [], isRequired: true };

describe("HealthRecord", () => {
  test("is what checks say, by and by, and keeps when that changed [BWK-4] [FLX-20]", () => {
    const record = new HealthRecord("plugin/weather", 0);
    record.checked({ health: "healthy", details: { hits: 1 } }, 10, rule);
    expect(record.settle(10)).toBe("unknown");
    record.checked({ health: "unhealthy", message: "no upstream" }, 20, rule);
    expect(record.settle(20)).toBeUndefined();
    expect(record.result(about)).toEqual({
      name: "plugin/weather",
      health: "healthy",
      ...about,
      since: 10,
      checkedAt: 20,
    });
    record.checked({ health: "unhealthy", message: "no upstream" }, 30, rule);
    expect(record.settle(30)).toBe("healthy");
    expect(record.result(about)).toMatchObject({ health: "unhealthy", message: "no upstream", since: 30 });
  });

  test("is at once what happened to it, the worst first, until that holds no more", () => {
    const record = new HealthRecord("plugin/weather", 0);
    record.checked({ health: "healthy" }, 0, rule);
    record.signal("limit", { health: "degraded", message: "went past limits.memory_mb", until: 60 });
    record.signal("state", { health: "unhealthy", message: "it ended" });
    record.settle(1);
    expect(record.result(about)).toMatchObject({ health: "unhealthy", message: "it ended" });
    record.takeBack("state");
    record.settle(2);
    expect(record.result(about)).toMatchObject({ health: "degraded", message: "went past limits.memory_mb", since: 2 });
    expect(record.settle(60)).toBe("degraded");
    expect(record.health).toBe("healthy");
    record.forget();
    expect(record.settle(61)).toBe("healthy");
    expect(record.health).toBe("unknown");
  });
});

describe("overallHealth", () => {
  test.each([
    [[], "unknown"],
    [["unknown!"], "unknown"],
    [["healthy", "unknown!"], "healthy"],
    [["unhealthy", "healthy!"], "degraded"],
    [["unhealthy!", "healthy"], "unhealthy"],
    [["degraded!"], "degraded"],
  ] as const)("of %j, where ! is required, is %s [FLX-20]", (given, expected) => {
    const results = given.map((text) => ({
      health: text.replace("!", "") as "healthy",
      isRequired: text.endsWith("!"),
    }));
    expect(overallHealth(results)).toBe(expected);
  });
});

describe("selectResults", () => {
  test("takes those of a tag, and leaves out names, full or last [FLX-20]", () => {
    const results = [
      { name: "plugin/weather", tags: ["web"] },
      { name: "host/disk", tags: ["host"] },
      { name: "plugin/disk", tags: [] },
    ];
    const names = (selection: Parameters<typeof selectResults>[1]): string[] =>
      selectResults(results, selection).map(({ name }) => name);
    expect(names({ tags: ["web", "host"] })).toEqual(["plugin/weather", "host/disk"]);
    expect(names({ exclude: ["disk"] })).toEqual(["plugin/weather"]);
    expect(names({ exclude: ["host/disk"] })).toEqual(["plugin/weather", "plugin/disk"]);
  });
});
