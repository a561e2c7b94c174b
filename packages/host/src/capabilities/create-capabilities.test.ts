import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type JsonValue, ManualClock } from "@berth/base";
import type { BusEvent, LogEntry, OuterCall } from "@berth/contract";
import { codeOf, never, openCapabilities, until } from "../../test/open-capabilities.ts";
import { createLog, type LogRecord, Masker } from "../log/index.ts";
import { createPluginBudget } from "./plugin-budget.ts";

describe("store", () => {
  test("keeps values by key", async () => {
    await using probe = await openCapabilities();
    const { capabilities } = probe;
    await capabilities.storeSet("a.1", { n: [1, null, "x"] });
    await capabilities.storeSet("a.2", 2);
    await capabilities.storeSet("b", true);
    expect(await capabilities.storeGet("a.1")).toEqual({ n: [1, null, "x"] });
    expect(await capabilities.storeGet("missing")).toBeUndefined();
    expect(await capabilities.storeKeys("a.")).toEqual(["a.1", "a.2"]);
    expect([await capabilities.storeDelete("b"), await capabilities.storeDelete("b")]).toEqual([true, false]);
    expect(await capabilities.storeKeys("")).toEqual(["a.1", "a.2"]);
  });

  test.each<[unknown, string]>([
    ["", "LIMIT_EXCEEDED"],
    ["k".repeat(513), "LIMIT_EXCEEDED"],
    ["half \ud800", "CONTRACT_BROKEN"],
    [7, "CONTRACT_BROKEN"],
    [undefined, "CONTRACT_BROKEN"],
  ])("refuses the key %j", async (key, code) => {
    await using probe = await openCapabilities();
    const { capabilities } = probe;
    expect(await codeOf(capabilities.storeGet(key as string))).toBe(code);
    expect(await codeOf(capabilities.storeDelete(key as string))).toBe(code);
    expect(await codeOf(capabilities.storeSet(key as string, 1))).toBe(code);
  });

  test("refuses values that are no JSON, nested deeper than 64, or endless", async () => {
    await using probe = await openCapabilities();
    const nested = (depth: number): JsonValue => (depth === 0 ? 1 : [nested(depth - 1)]);
    await probe.capabilities.storeSet("deep", nested(64));
    expect(await codeOf(probe.capabilities.storeSet("deeper", nested(65)))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(probe.capabilities.storeSet("f", (() => 1) as unknown as JsonValue))).toBe("CONTRACT_BROKEN");
    expect(await codeOf(probe.capabilities.storeSet("l", "x".repeat(16 * 1_048_576)))).toBe("LIMIT_EXCEEDED");
    expect(await probe.capabilities.storeKeys("")).toEqual(["deep"]);
  });
});

describe("secrets", () => {
  test("gives a granted secret from the environment and hides it in the log [RPT-44]", async () => {
    await using probe = await openCapabilities({ grant: { secrets: ["API_KEY"] }, env: { API_KEY: "hunter2-secret" } });
    const value = await probe.capabilities.secret("API_KEY");
    probe.capabilities.log({ level: "info", message: `the key is ${value}`, fields: { [value]: [value] } });
    expect(value).toBe("hunter2-secret");
    expect(JSON.stringify(probe.records)).not.toContain("hunter2");
  });

  test("gives a secret from the file that NAME_FILE names, without its last line break", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-secret-"));
    const file = join(folder.path, "key");
    await writeFile(file, "line one\nline two\n");
    await using probe = await openCapabilities({ grant: { secrets: ["API_KEY"] }, env: { API_KEY_FILE: file } });
    expect(await probe.capabilities.secret("API_KEY")).toBe("line one\nline two");
  });

  test.each(["OTHER", "API_KEY_FILE", "api_key", "API_KEY ", "__proto__", "PATH", ""])(
    "denies %j, which is set and not granted",
    async (name) => {
      const env = { OTHER: "x", API_KEY: "y", API_KEY_FILE: "z", PATH: "p", "": "e" };
      await using probe = await openCapabilities({ grant: { secrets: ["API_KEY"] }, env });
      expect(await codeOf(probe.capabilities.secret(name))).toBe("PERMISSION_DENIED");
      expect(probe.denied).toMatchObject([{ capability: "secrets", what: `get ${name}` }]);
    },
  );

  test.each(["MISSING", "EMPTY", "constructor", "toString"])(
    "says how to set %s, which is granted and not set",
    async (name) => {
      await using probe = await openCapabilities({ grant: { secrets: [name] }, env: { EMPTY: "" } });
      await expect(probe.capabilities.secret(name)).rejects.toMatchObject({
        code: "CAPABILITY_FAILED",
        message: expect.stringContaining(`set the environment variable ${name}, or ${name}_FILE`),
      });
    },
  );

  test("says nothing of the host's files when a secret's file cannot be read, or is no secret's size", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-secret-"));
    const large = join(folder.path, "large");
    await writeFile(large, "x".repeat(65_537));
    for (const file of [join(folder.path, "none"), large]) {
      await using probe = await openCapabilities({ grant: { secrets: ["KEY"] }, env: { KEY_FILE: file } });
      const error = await probe.capabilities.secret("KEY").catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code: "CAPABILITY_FAILED" });
      expect(String(error)).not.toContain(folder.path);
    }
  });
});

describe("services", () => {
  test("calls a granted service and says who calls", async () => {
    await using probe = await openCapabilities({ grant: { services: ["metrics"] } });
    probe.registry.registerService("metrics", { count: async (input, { caller }) => ({ input, caller }) });
    expect(await probe.capabilities.callService("metrics", "count", { a: 1 }, never())).toEqual({
      input: { a: 1 },
      caller: "plugin/probe",
    });
  });

  test("denies a service that was not granted, whether there is one or not [RPT-44]", async () => {
    await using probe = await openCapabilities({ grant: { services: ["metrics"] } });
    probe.registry.registerService("secret-vault", { read: async () => "treasure" });
    for (const service of ["secret-vault", "nothing", "metrics.count", "__proto__"]) {
      expect(await codeOf(probe.capabilities.callService(service, "read", null, never()))).toBe("PERMISSION_DENIED");
    }
    expect(probe.denied.map(({ what }) => what)).toContain("call secret-vault.read");
  });

  test("tells the nearest name when there is no such service or method", async () => {
    await using probe = await openCapabilities({ grant: { services: ["metrics", "metrcis"] } });
    probe.registry.registerService("metrics", { count: async () => 1 });
    const call = (service: string, method: string) => probe.capabilities.callService(service, method, null, never());
    await expect(call("metrcis", "count")).rejects.toMatchObject({
      code: "SERVICE_NOT_FOUND",
      message: 'No service is named "metrcis"; did you mean "metrics"?',
    });
    for (const method of ["cuont", "constructor", "toString", "hasOwnProperty"]) {
      expect(await codeOf(call("metrics", method))).toBe("SERVICE_NOT_FOUND");
    }
  });

  test("hands over copies and bounds both ways", async () => {
    await using probe = await openCapabilities({ grant: { services: ["s"] } });
    let received: JsonValue = null;
    const kept = { list: [1] };
    probe.registry.registerService("s", {
      keep: async (input) => {
        received = input;
        return kept;
      },
      flood: async () => "x".repeat(2_000_000),
      odd: async () => new Date() as unknown as JsonValue,
      nothing: async () => undefined as unknown as JsonValue,
    });
    const call = (method: string, input: JsonValue = null) =>
      probe.capabilities.callService("s", method, input, never());
    const input = { a: [1] };
    const answer = (await call("keep", input)) as typeof kept;
    input.a.push(2);
    answer.list.push(2);
    expect([received, kept, await call("nothing")]).toEqual([{ a: [1] }, { list: [1] }, null]);
    expect(await codeOf(call("keep", "x".repeat(2_000_000)))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(call("flood"))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(call("odd"))).toBe("CONTRACT_BROKEN");
    expect(await codeOf(call("keep/../x"))).toBe("CONTRACT_BROKEN");
  });

  test("gives up after 60 s, and tells the service", async () => {
    const clock = new ManualClock();
    await using probe = await openCapabilities({ clock, grant: { services: ["s"] } });
    let signal: AbortSignal | undefined;
    probe.registry.registerService("s", { hang: (_input, call) => new Promise(() => (signal = call.signal)) });
    const call = codeOf(probe.capabilities.callService("s", "hang", null, never()));
    await clock.advance(60_000);
    expect([await call, signal?.aborted]).toEqual(["CALL_DEADLINE_EXCEEDED", true]);
  });

  test("checks what a plugin says of the call it is handling, and gives it no more time for that [OPS-22]", async () => {
    const clock = new ManualClock(1_000);
    await using probe = await openCapabilities({ clock, grant: { services: ["s"] } });
    probe.registry.registerService("s", { about: (_input, call) => [call.deadline - 1_000, call.correlationId] });
    const call = (outer: unknown): Promise<JsonValue> =>
      probe.capabilities.callService("s", "about", null, never(), outer as OuterCall);
    for (const outer of [{ deadline: "soon" }, { deadline: Number.NaN }, { correlationId: 5 }, { correlationId: {} }]) {
      expect(await codeOf(call(outer))).toBe("CONTRACT_BROKEN");
    }
    expect(await call({ deadline: 3_000, correlationId: "run-17", caller: "host" })).toEqual([2_000, "run-17"]);
    expect(await call({ deadline: 1e12, correlationId: "run-17" })).toEqual([60_000, "run-17"]);
    expect(await codeOf(call({ deadline: -Infinity }))).toBe("CALL_DEADLINE_EXCEEDED");
    for (const correlationId of ["", "a\nb", "\u001b[2J", "x".repeat(201)]) {
      expect(await call({ correlationId })).toEqual([60_000, expect.not.stringContaining(correlationId || "\n")]);
    }
    for (const outer of [null, "host", 7, []]) expect(await call(outer)).toEqual([60_000, expect.any(String)]);
  });

  test("finds services that were granted, and takes no name that is none", async () => {
    await using probe = await openCapabilities({ grant: { services: ["s", "absent"] } });
    probe.registry.registerService("s", {});
    const hasService = (name: string): Promise<boolean> => probe.capabilities.hasService(name);
    expect([await hasService("s"), await hasService("absent")]).toEqual([true, false]);
    expect(await codeOf(hasService("other"))).toBe("PERMISSION_DENIED");
    expect(probe.denied.map(({ what }) => what)).toEqual(["look for other"]);
    for (const name of [undefined, {}, 5]) expect(await codeOf(hasService(name as never))).toBe("CONTRACT_BROKEN");
  });

  test("a name has one provider, until that one is gone", async () => {
    await using probe = await openCapabilities();
    const first = probe.registry.registerService("s", {});
    expect(() => probe.registry.registerService("s", {})).toThrow(expect.objectContaining({ code: "CONTRACT_BROKEN" }));
    first[Symbol.dispose]();
    const second = probe.registry.registerService("s", {});
    first[Symbol.dispose]();
    expect(probe.registry.names()).toEqual(["s"]);
    second[Symbol.dispose]();
    expect(probe.registry.names()).toEqual([]);
  });
});

describe("events", () => {
  test("publishes and hears what was granted, with the publisher's name from the host", async () => {
    await using probe = await openCapabilities({ grant: { publish: ["weather.*"], subscribe: ["weather.>"] } });
    const heard: BusEvent[] = [];
    await probe.capabilities.subscribe("weather.*", (event) => void heard.push(event));
    await probe.capabilities.publish("weather.changed", { to: "rain" });
    await until(() => heard.length === 1);
    expect(heard).toMatchObject([{ subject: "weather.changed", data: { to: "rain" }, from: "plugin/probe" }]);
  });

  test.each([
    ["publish", "other.changed"],
    ["publish", "weather"],
    ["publish", "weather.a.b"],
    ["subscribe", "other.*"],
    ["subscribe", ">"],
    ["subscribe", "*.changed"],
    ["subscribe", "weather.>"],
  ] as const)("denies to %s %s under a grant of weather.* [RPT-44]", async (verb, subject) => {
    await using probe = await openCapabilities({ grant: { publish: ["weather.*"], subscribe: ["weather.*"] } });
    const call =
      verb === "publish"
        ? probe.capabilities.publish(subject, null)
        : probe.capabilities.subscribe(subject, () => undefined);
    expect(await codeOf(call)).toBe("PERMISSION_DENIED");
    expect(probe.denied).toMatchObject([{ capability: "events", what: `${verb} ${subject}` }]);
  });

  test.each(["weather.*", "weather.>", "", "a..b", "a b", "a\nb", "x".repeat(201)])(
    "%j cannot be published to",
    async (subject) => {
      await using probe = await openCapabilities({ grant: { publish: [">"] } });
      expect(await codeOf(probe.capabilities.publish(subject, null))).toBe("CONTRACT_BROKEN");
    },
  );

  test("bounds what is published, and takes no listener that is no function", async () => {
    await using probe = await openCapabilities({ grant: { publish: [">"], subscribe: [">"] } });
    expect(await codeOf(probe.capabilities.publish("a", "x".repeat(65_536)))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(probe.capabilities.publish("a", new Date() as unknown as JsonValue))).toBe("CONTRACT_BROKEN");
    expect(await codeOf(probe.capabilities.subscribe("a", "listener" as unknown as () => void))).toBe(
      "CONTRACT_BROKEN",
    );
    expect(await codeOf(probe.capabilities.subscribe("a b", () => undefined))).toBe("CONTRACT_BROKEN");
  });

  test("publishes what the data was then, whatever becomes of it", async () => {
    await using probe = await openCapabilities({ grant: { publish: ["a"], subscribe: ["a"] } });
    const heard: JsonValue[] = [];
    await probe.capabilities.subscribe("a", ({ data }) => void heard.push(data));
    const data = [1];
    await probe.capabilities.publish("a", data);
    data.push(2);
    await until(() => heard.length === 1);
    expect(heard).toEqual([[1]]);
  });

  test.each(["plugin.limit", "plugin.x.y", "config.changed", "host.started", "grant.given"])(
    "leaves %s to the host, whatever was granted [OPS-10]",
    async (subject) => {
      await using probe = await openCapabilities({ grant: { publish: [">", subject] } });
      expect(await codeOf(probe.capabilities.publish(subject, null))).toBe("PERMISSION_DENIED");
      expect(await codeOf(probe.capabilities.request(subject, null, {}, never()))).toBe("PERMISSION_DENIED");
      expect(probe.denied.map(({ what }) => what)).toEqual([`publish ${subject}`, `publish ${subject}`]);
    },
  );

  describe("request [RPT-54]", () => {
    const both = { publish: ["ask.*"], subscribe: ["ask.*"] };

    test("resolves with a copy of the first reply", async () => {
      await using probe = await openCapabilities({ grant: both });
      const reply = { sum: [3] };
      await probe.capabilities.subscribe("ask.*", () => undefined);
      await probe.capabilities.subscribe("ask.sum", ({ from }) => ({ ...reply, from }));
      const answer = await probe.capabilities.request("ask.sum", [1, 2], {}, never());
      expect(answer).toEqual({ sum: [3], from: "plugin/probe" });
      expect((answer as { sum: unknown }).sum).not.toBe(reply.sum);
    });

    test("asks for leave to publish", async () => {
      await using probe = await openCapabilities({ grant: { subscribe: ["ask.*"] } });
      expect(await codeOf(probe.capabilities.request("ask.sum", null, {}, never()))).toBe("PERMISSION_DENIED");
    });

    test("takes only a reply that is JSON, within bounds", async () => {
      await using probe = await openCapabilities({ grant: both });
      await probe.capabilities.subscribe("ask.date", () => new Date());
      await probe.capabilities.subscribe("ask.much", () => "x".repeat(65_536));
      expect(await codeOf(probe.capabilities.request("ask.date", null, {}, never()))).toBe("CONTRACT_BROKEN");
      expect(await codeOf(probe.capabilities.request("ask.much", null, {}, never()))).toBe("LIMIT_EXCEEDED");
    });

    test.each([0, -1, 600_001, NaN, "1"])("cannot wait for %s ms", async (timeoutMs) => {
      await using probe = await openCapabilities({ grant: both });
      const asked = probe.capabilities.request("ask.sum", null, { timeoutMs: timeoutMs as number }, never());
      expect(await codeOf(asked)).toBe("CONTRACT_BROKEN");
    });

    test("a hundred may wait at a time, and end with their plugin", async () => {
      await using probe = await openCapabilities({ grant: both });
      const signals: AbortSignal[] = [];
      await probe.capabilities.subscribe("ask.ever", ({ request }) => {
        signals.push(request!.signal);
        request!.replyLater(new Promise(() => undefined));
      });
      const ask = (): Promise<unknown> => probe.capabilities.request("ask.ever", null, {}, never());
      const all = Promise.allSettled(Array.from({ length: 100 }, ask));
      expect(await codeOf(ask())).toBe("LIMIT_EXCEEDED");
      await until(() => signals.length === 100);
      await probe.capabilities[Symbol.asyncDispose]();
      expect((await all).map((one) => (one as { reason: { code: string } }).reason.code)).toEqual(
        Array.from({ length: 100 }, () => "CALL_CANCELLED"),
      );
      expect(signals.every(({ aborted }) => aborted)).toBe(true);
    });
  });

  test("contains a listener that throws", async () => {
    await using probe = await openCapabilities({ grant: { publish: ["a"], subscribe: ["a"] } });
    await probe.capabilities.subscribe("a", () => {
      throw new Error("broken listener");
    });
    await probe.capabilities.publish("a", 1);
    await until(() => probe.busErrors.length === 1);
    expect(String(probe.busErrors[0])).toContain("broken listener");
  });

  test("lets a plugin have a hundred subscriptions, and as many again once they have ended", async () => {
    await using probe = await openCapabilities({ grant: { subscribe: ["a"] } });
    const subscribe = () => probe.capabilities.subscribe("a", () => undefined);
    const all = await Promise.all(Array.from({ length: 100 }, subscribe));
    expect(await codeOf(subscribe())).toBe("LIMIT_EXCEEDED");
    all[0]![Symbol.dispose]();
    all[0]![Symbol.dispose]();
    await subscribe();
    expect(await codeOf(subscribe())).toBe("LIMIT_EXCEEDED");
  });

  test("ends subscriptions with their plugin", async () => {
    await using probe = await openCapabilities({ grant: { subscribe: ["a"] } });
    const heard: BusEvent[] = [];
    const subscription = await probe.capabilities.subscribe("a", (event) => void heard.push(event));
    probe.lifetime.abort();
    probe.bus.publish({ subject: "a", data: 1, from: "host" });
    await new Promise((resolve) => setTimeout(resolve, 5));
    subscription[Symbol.dispose]();
    expect(heard).toEqual([]);
  });
});

describe("log", () => {
  test("writes as the plugin, with its instance", async () => {
    await using probe = await openCapabilities({ instanceId: "weather_home" });
    probe.capabilities.log({ level: "warn", message: "slow", fields: { ms: 900 } });
    expect(probe.records).toMatchObject([
      { level: "warn", source: "plugin/probe", message: "slow", fields: { ms: 900, instance: "weather_home" } },
    ]);
  });

  test("keeps so many lines a second, counts the others exactly and says so once a second", async () => {
    const clock = new ManualClock();
    await using probe = await openCapabilities({ clock, limits: { log_rate: 10 } });
    const flood = (lines: number): void => {
      for (let i = 0; i < lines; i++) probe.capabilities.log({ level: "info", message: `line ${i}` });
    };
    flood(1_000);
    await clock.advance(999);
    flood(5);
    expect(probe.records).toHaveLength(10);
    await clock.advance(1);
    flood(12);
    await clock.advance(1_000);
    expect(probe.records.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      "995 log lines dropped: more than 10 in a second",
      "2 log lines dropped: more than 10 in a second",
    ]);
    expect(probe.records.filter(({ level }) => level === "info")).toHaveLength(20);
    expect(clock.pendingTimers).toBe(0);
  });

  test("says when the plugin stops how many lines were dropped last", async () => {
    const clock = new ManualClock();
    await using probe = await openCapabilities({ clock });
    for (let i = 0; i < 150; i++) probe.capabilities.log({ level: "info", message: "x" });
    await probe.capabilities[Symbol.asyncDispose]();
    expect(probe.records).toHaveLength(101);
    expect(probe.records.at(-1)).toMatchObject({ fields: { dropped: 50 } });
    probe.capabilities.log({ level: "info", message: "after the end" });
    expect(probe.records).toHaveLength(101);
  });

  test("neither control characters nor line breaks nor size get through to a terminal", async () => {
    await using probe = await openCapabilities();
    probe.capabilities.log({ level: "info", message: `\u001b]0;owned\u0007${"x".repeat(100_000)}` });
    expect(probe.records[0]!.message).toMatch(/^\\u001b\]0;owned\\u0007x+…?$/);
    expect(probe.records[0]!.message.length).toBeLessThan(17_000);
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a level nobody knows", { level: "fatal", message: "x" }],
    ["a message that is no text", { level: "info", message: { toString: () => "x" } }],
    [
      "a message that throws",
      {
        level: "info",
        get message() {
          throw new Error("no");
        },
      },
    ],
    [
      "fields in a circle",
      (() => {
        const fields: Record<string, unknown> = {};
        fields["self"] = fields;
        return { level: "info", message: "x", fields };
      })(),
    ],
    ["fields over 16 KiB", { level: "info", message: "x", fields: { a: "y".repeat(20_000) } }],
    ["fields that are a list", { level: "info", message: "x", fields: [1] }],
    ["fields with a function", { level: "info", message: "x", fields: { a: () => 1 } }],
  ])("%s makes a line and no error", async (_title, entry) => {
    await using probe = await openCapabilities();
    expect(() => probe.capabilities.log(entry as LogEntry)).not.toThrow();
    expect(probe.records).toMatchObject([{ level: "info", source: "plugin/probe" }]);
    expect(JSON.stringify(probe.records).length).toBeLessThan(1_000);
  });
});

describe("createCapabilities", () => {
  test("shares a budget among instances, so that more of them get no more", async () => {
    const clock = new ManualClock();
    const records: LogRecord[] = [];
    const log = createLog({ sink: (record) => records.push(record), level: "info", clock, masker: new Masker() });
    using budget = createPluginBudget({
      plugin: { name: "probe" },
      dataFolder: "/nowhere",
      limits: { log_rate: 10 },
      clock,
      log,
    });
    await using one = await openCapabilities({ clock, budget, instanceId: "one" });
    await using two = await openCapabilities({ clock, budget, instanceId: "two" });
    for (let i = 0; i < 10; i++)
      for (const probe of [one, two]) probe.capabilities.log({ level: "info", message: "x" });
    expect([one.records.length, two.records.length]).toEqual([5, 5]);
    await one.capabilities[Symbol.asyncDispose]();
    await clock.advance(1_000);
    expect(records.map(({ message }) => message)).toEqual(["10 log lines dropped: more than 10 in a second"]);
  });

  test("without any grant reaches nothing but its own folder, store and log [RPT-44]", async () => {
    await using probe = await openCapabilities({ env: { KEY: "value" } });
    const { capabilities } = probe;
    const calls = {
      fetch: () =>
        capabilities.fetch({ url: "http://a.org/", method: "GET", headers: [], redirect: "follow" }, never()),
      readFile: () => capabilities.readFile("/etc/passwd", never()),
      writeFile: () => capabilities.writeFile("/tmp/x", new Uint8Array(), never()),
      removeFile: () => capabilities.removeFile("/tmp/x", never()),
      listFolder: () => capabilities.listFolder("/", never()),
      fileInfo: () => capabilities.fileInfo("/etc/passwd", never()),
      exec: () => capabilities.exec({ command: "true", args: [] }, never()),
      secret: () => capabilities.secret("KEY"),
      callService: () => capabilities.callService("s", "m", null, never()),
      publish: () => capabilities.publish("a", null),
      subscribe: () => capabilities.subscribe("a", () => undefined),
    };
    for (const [name, call] of Object.entries(calls))
      expect([name, await codeOf(call())]).toEqual([name, "PERMISSION_DENIED"]);
    expect(probe.denied).toHaveLength(Object.keys(calls).length);
  });

  test("after the end rejects every call with CALL_CANCELLED", async () => {
    const everything = {
      read: ["/"],
      write: ["/"],
      exec: ["true"],
      secrets: ["K"],
      services: ["s"],
      publish: [">"],
      subscribe: [">"],
    };
    await using probe = await openCapabilities({ env: { K: "value" }, grant: { ...everything, network: ["*"] } });
    const { capabilities } = probe;
    await capabilities[Symbol.asyncDispose]();
    const calls = [
      capabilities.fetch({ url: "http://a.org/", method: "GET", headers: [], redirect: "follow" }, never()),
      capabilities.readFile("a", never()),
      capabilities.writeFile("a", new Uint8Array(), never()),
      capabilities.removeFile("a", never()),
      capabilities.listFolder(".", never()),
      capabilities.fileInfo("a", never()),
      capabilities.diskUsage(".", never()),
      capabilities.exec({ command: "true", args: [] }, never()),
      capabilities.storeGet("a"),
      capabilities.storeSet("a", 1),
      capabilities.storeDelete("a"),
      capabilities.storeKeys(""),
      capabilities.secret("K"),
      capabilities.callService("s", "m", null, never()),
      capabilities.publish("a", null),
      capabilities.subscribe("a", () => undefined),
    ];
    expect(new Set(await Promise.all(calls.map(codeOf)))).toEqual(new Set(["CALL_CANCELLED"]));
    expect(probe.denied).toEqual([]);
  });

  test("is closed from the start when the generation is over already", async () => {
    await using probe = await openCapabilities({ signal: AbortSignal.abort() });
    expect(await codeOf(probe.capabilities.storeGet("a"))).toBe("CALL_CANCELLED");
  });
});
