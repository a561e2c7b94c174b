import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JsonObject, ManualClock } from "@berth/base";
import { LOG_LEVELS } from "@berth/contract";
import { createJsonSink } from "./json-sink.ts";
import { createLog, type LogRecord } from "./log.ts";
import { Masker } from "./masker.ts";
import { createTextSink } from "./text-sink.ts";

const NOON = new Date(2026, 4, 1, 12, 3, 4).getTime();

function collecting(level: (typeof LOG_LEVELS)[number] = "trace") {
  const records: LogRecord[] = [];
  const masker = new Masker();
  const log = createLog({ sink: (record) => records.push(record), level, clock: new ManualClock(NOON), masker });
  return { log, masker, records };
}

describe("createLog", () => {
  test("keeps what is told, with time, level, source and correlation", () => {
    const { log, records } = collecting();
    log.about({ source: "plugin/weather" }).about({ correlationId: "run-1" }).warn("no answer", { status: 503 });
    log.info("ready");
    expect(records).toEqual([
      {
        time: NOON,
        level: "warn",
        source: "plugin/weather",
        message: "no answer",
        fields: { status: 503 },
        correlationId: "run-1",
      },
      { time: NOON, level: "info", source: "host", message: "ready" },
    ]);
  });

  test("keeps its level and above, at every level", () => {
    for (const [least, level] of LOG_LEVELS.entries()) {
      const { log, records } = collecting(level);
      for (const each of LOG_LEVELS) log[each]("x");
      expect(records.map((record) => record.level)).toEqual(LOG_LEVELS.slice(least));
      expect(LOG_LEVELS.filter((each) => log.isEnabled(each))).toEqual(LOG_LEVELS.slice(least));
    }
  });

  test("makes control and reordering characters visible, in messages, names and values", () => {
    const { log, records } = collecting();
    log.about({ source: "plugin/\u001b[31mred" }).info("\u001b[2Jgone\u202e", { "\u0007a": ["\u009b1m"] });
    expect(records[0]).toMatchObject({
      source: "plugin/\\u001b[31mred",
      message: "\\u001b[2Jgone\\u202e",
      fields: { "\\u0007a": ["\\u009b1m"] },
    });
  });

  test("bounds a message, the members, the depth", () => {
    const { log, records } = collecting();
    const deep: JsonObject = {};
    let inner = deep;
    for (let i = 0; i < 1_000; i++) inner = inner["a"] = {};
    log.info("x".repeat(1_000_000), { many: Array.from({ length: 5_000 }, () => 1), deep });
    expect(records[0]!.message).toHaveLength(16_384);
    expect(records[0]!.fields!["many"]).toHaveLength(200);
    expect(JSON.stringify(records[0]!.fields!["deep"])).toHaveLength(
      '{"a":'.length * 7 + '"…"'.length + "}".length * 7,
    );
  });

  test("survives a sink that throws", () => {
    const throwing = (): never => {
      throw new Error("no space left");
    };
    const log = createLog({ sink: throwing, level: "info", clock: new ManualClock(), masker: new Masker() });
    expect(() => log.error("x")).not.toThrow();
  });

  test("hides a secret in messages, field names and values", () => {
    const { log, masker, records } = collecting();
    masker.register("hunter2secret");
    log.info("key=hunter2secret", { hunter2secret: { list: ["a hunter2secret b"] } });
    expect(JSON.stringify(records)).not.toContain("hunter2secret");
    expect(records[0]).toMatchObject({ message: "key=***", fields: { "***": { list: ["a *** b"] } } });
  });

  test("hides a secret that making it harmless or cutting it would have broken up", () => {
    const { log, masker, records } = collecting();
    masker.register("se\u0007cret-value");
    log.info("se\u0007cret-value");
    log.info(`${"x".repeat(16_380)}se\u0007cret-value`);
    expect(records.map((record) => record.message.includes("cret"))).toEqual([false, false]);
    expect(records[1]!.message).not.toContain("se\\");
  });
});

describe("Masker", () => {
  const secret = "p&ss wörd/+=\"'";

  test.each([
    ["as it is", secret],
    ["as JSON", JSON.stringify({ secret })],
    ["in an address", `https://a.org/?k=${encodeURIComponent(secret)}`],
    ["in an address with small escapes", encodeURIComponent(secret).replace(/%../g, (escape) => escape.toLowerCase())],
    ["in a form", new URLSearchParams({ k: secret }).toString()],
    ["as base64", Buffer.from(secret).toString("base64")],
    ["as base64url", Buffer.from(secret).toString("base64url")],
    ["as Basic credentials", `Basic ${Buffer.from(`user:${secret}`).toString("base64")}`],
    ["as Basic credentials of a longer name", `Basic ${Buffer.from(`users:${secret}`).toString("base64")}`],
    ["inside base64 of more", Buffer.from(`ab${secret}trailing`).toString("base64")],
  ])("hides a secret %s", (_title, text) => {
    const masker = new Masker();
    masker.register(secret);
    expect(masker.mask(text)).toContain("***");
    expect(masker.mask(text)).not.toContain(secret);
  });

  test("hides every registered secret in every text, at every place", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 4, maxLength: 30 }), { minLength: 1, maxLength: 5 }),
        fc.string(),
        fc.string(),
        (secrets, before, after) => {
          const masker = new Masker();
          for (const each of secrets) masker.register(each);
          for (const each of secrets) {
            fc.pre(!"***".includes(each) && !`${before}***${after}`.includes(each));
            expect(masker.mask(`${before}${each}${after}`)).not.toBe(`${before}${each}${after}`);
          }
        },
      ),
    );
  });

  test("leaves text without secrets, and values under four characters, alone", () => {
    const masker = new Masker();
    masker.register("abc");
    expect(masker.mask("abc")).toBe("abc");
    masker.register("abcd");
    expect(masker.mask("abc of nothing secret")).toBe("abc of nothing secret");
  });

  test("takes the characters of a secret literally and hides the longer of two", () => {
    const masker = new Masker();
    masker.register("a.*b");
    masker.register("a.*b-longer");
    expect(masker.mask("axxb a.*b-longer")).toBe("axxb ***");
  });
});

describe("createTextSink", () => {
  function written(options: { hasColor?: boolean; isTTY?: boolean } = {}) {
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text), isTTY: options.isTTY ?? false };
    const sink = createTextSink(stream, options.hasColor === undefined ? {} : { hasColor: options.hasColor });
    const log = createLog({ sink, level: "trace", clock: new ManualClock(NOON), masker: new Masker() });
    return { log, lines };
  }

  test("writes a line for people", () => {
    const { log, lines } = written();
    log
      .about({ source: "plugin/weather", correlationId: "r1" })
      .warn("no answer", { host: "a.org", text: "a b", n: [1] });
    expect(lines).toEqual(['12:03:04 warn  plugin/weather  no answer  host=a.org text="a b" n=[1] run=r1\n']);
  });

  test("marks further lines, so that none can be taken for a record", () => {
    const { log, lines } = written();
    log.info("first\n12:03:04 error host  forged", { field: "a\n12:03:04 error host" });
    const printed = lines.join("").trimEnd().split("\n");
    expect(printed).toEqual([
      "12:03:04 info  host  first",
      '         | 12:03:04 error host  forged  field="a\\n12:03:04 error host"',
    ]);
  });

  test("colours only where asked", () => {
    const plain = written({ hasColor: false });
    const coloured = written({ hasColor: true });
    plain.log.error("x");
    coloured.log.error("x");
    expect(plain.lines[0]).not.toContain("\u001b");
    expect(coloured.lines[0]).toContain("\u001b[31m");
  });

  test("colours no pipe", () => {
    const { log, lines } = written({ isTTY: false });
    log.error("x");
    expect(lines[0]).not.toContain("\u001b");
  });

  test("does not take a terminal's colour when NO_COLOR is set", () => {
    const before = process.env["NO_COLOR"];
    process.env["NO_COLOR"] = "1";
    try {
      const { log, lines } = written({ isTTY: true });
      log.error("x");
      expect(lines[0]).not.toContain("\u001b");
    } finally {
      if (before === undefined) delete process.env["NO_COLOR"];
      else process.env["NO_COLOR"] = before;
    }
  });
});

test("createJsonSink writes one object a line that reads back as the record", () => {
  const lines: string[] = [];
  const sink = createJsonSink({ write: (text: string) => lines.push(text) });
  const log = createLog({ sink, level: "trace", clock: new ManualClock(NOON), masker: new Masker() });
  log.about({ correlationId: "r1" }).info("two\nlines", { a: 1 });
  expect(lines).toHaveLength(1);
  expect(lines[0]!.match(/\n/g)).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toEqual({
    time: new Date(NOON).toISOString(),
    level: "info",
    source: "host",
    message: "two\nlines",
    correlationId: "r1",
    fields: { a: 1 },
  });
});
