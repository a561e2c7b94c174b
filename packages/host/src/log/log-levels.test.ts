import { ManualClock } from "@berth/base";
import type { LogLevel } from "@berth/contract";
import { CallScope, type Span } from "@berth/kernel/tracing";
import { createTestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { createJsonSink, createLog, LogLevels, type LogRecord, Masker } from "./index.ts";

function open(levels?: LogLevels) {
  const records: LogRecord[] = [];
  const scope = new CallScope();
  const sink = (record: LogRecord): void => void records.push(record);
  const log = createLog({
    sink,
    clock: new ManualClock(0),
    masker: new Masker(),
    scope,
    ...(levels ? { levels } : {}),
  });
  return { log, records, scope };
}

describe("LogLevels", () => {
  test("keeps of each source what was set for it, else what is configured, else what holds for all", () => {
    const configured: Record<string, LogLevel> = { "plugin/loud": "debug" };
    const levels = new LogLevels("warn", (source) => configured[source]);
    const { log, records } = open(levels);
    const say = (): string[] => {
      records.length = 0;
      for (const source of ["host", "plugin/loud", "plugin/quiet"]) {
        const own = log.about({ source });
        for (const level of ["debug", "info", "error"] as const) own.write(level, `${source} ${level}`);
      }
      return records.map(({ message }) => message);
    };
    expect(say()).toEqual([
      "host error",
      "plugin/loud debug",
      "plugin/loud info",
      "plugin/loud error",
      "plugin/quiet error",
    ]);
    // While it runs, by a command or by the file.
    levels.set("plugin/quiet", "info");
    configured["plugin/loud"] = "error";
    expect(say()).toEqual(["host error", "plugin/loud error", "plugin/quiet info", "plugin/quiet error"]);
    levels.set("plugin/quiet", undefined);
    expect(say()).toEqual(["host error", "plugin/loud error", "plugin/quiet error"]);
  });

  test("holds what berth.yaml says of a plugin, also when it changes", async () => {
    const source = `
      import { definePlugin, defineService } from "@berth/sdk";
      export default definePlugin({
        provides: [
          defineService("talker", { create: (_config, ctx) => ({ methods: { talk: () => ctx.log.info("talking") } }) }),
        ],
      });`;
    const entry = { enabled: true, accept_unenforced: [] };
    await using host = await createTestHost({
      plugins: [{ name: "talker", provides: { service: ["talker"] }, source }],
      config: { plugins: { talker: { ...entry, log_level: "error" } } },
    });
    const talk = async (): Promise<number> => {
      await host.services.call({ service: "talker", method: "talk", input: null, caller: "app/test" });
      return host.records.filter(({ message }) => message === "talking").length;
    };
    expect(await talk()).toBe(0);
    const config = { ...host.config, plugins: { talker: { ...entry, log_level: "info" as const } } };
    const report = await host.applyConfig({ config, sections: {} }, AbortSignal.timeout(20_000));
    expect(report.needsRestart).toEqual([]);
    expect(await talk()).toBe(1);
  });
});

describe("A log line", () => {
  test("says to which run and which span it belongs, in the JSON form as documented [RPT-161]", () => {
    const { log, records, scope } = open();
    const span = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" } as Span;
    scope.run({ correlationId: "run-1", span }, () => log.info("within", { generation: 2 }));
    log.info("outside");
    const lines: unknown[] = [];
    const sink = createJsonSink({ write: (line) => lines.push(JSON.parse(line)) });
    for (const record of records) sink(record);
    expect(lines).toEqual([
      {
        time: "1970-01-01T00:00:00.000Z",
        level: "info",
        source: "host",
        message: "within",
        correlationId: "run-1",
        traceId: span.traceId,
        spanId: span.spanId,
        fields: { generation: 2 },
      },
      { time: "1970-01-01T00:00:00.000Z", level: "info", source: "host", message: "outside" },
    ]);
  });

  test("keeps the correlation id it was given over that of the call", () => {
    const { log, records, scope } = open();
    scope.run({ correlationId: "outer" }, () => log.about({ correlationId: "own" }).info("x"));
    expect(records[0]?.correlationId).toBe("own");
  });
});
