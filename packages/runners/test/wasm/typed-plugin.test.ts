import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HostError } from "@berth/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aCall, NEVER } from "../remote/open-request.ts";
import { RecordingCapabilities } from "../remote/recording-capabilities.ts";
import { openComponent, type OpenComponent } from "./open-component.ts";
import { fromJavaScript, worldText } from "./tools.ts";

let component: Uint8Array;
let stateful: Uint8Array;

beforeAll(async () => {
  const source = readFileSync(join(import.meta.dirname, "plugins/typed-plugin.js"), "utf8");
  component = await fromJavaScript(source, worldText(), "plugin");
  stateful = await fromJavaScript(source, worldText(), "stateful-plugin");
});

describe("a plugin of typed functions [RPT-61]", { tags: ["slow"] }, () => {
  const host = new RecordingCapabilities();
  const provides = ["service/probe", "executor/probe"];
  let open: OpenComponent;

  beforeAll(async () => {
    open = await openComponent(component, { provides, capabilities: () => host.of(), more: { now: () => 1_000_000 } });
  });
  afterAll(() => open[Symbol.asyncDispose]());

  const lastAsked = (): unknown => host.calls.at(-1);

  test("says what it provides, and is well as it says", async () => {
    expect(await open.channel.describe(NEVER)).toEqual(
      provides.map((id) => ({ id, description: "probe 1.0.0", configSchema: { type: "object" } })),
    );
    expect(await open.channel.health(NEVER)).toEqual({ health: "degraded", message: "so so" });
  });

  test("checks configurations", async () => {
    expect(await open.channel.checkConfig("service/probe", { bad: 1 }, NEVER)).toEqual([
      { path: ["bad", 3], message: "is bad" },
    ]);
    const refused = open.channel.openInstance(
      { contribution: "service/probe", instanceId: "x", config: { bad: 1 } },
      NEVER,
    );
    await expect(refused).rejects.toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("is bad") });
    const own = open.channel.openInstance({ contribution: "service/probe", instanceId: "refused", config: {} }, NEVER);
    await expect(own).rejects.toThrow("not this one");
  });

  test("takes and gives values, bytes among them", async () => {
    const value = { a: [1, "é", null, true], bytes: new Uint8Array([1, 2, 3]), $bytes: "a name like any" };
    expect(await open.ask("echo", value)).toEqual(value);
  });

  test("keeps its state between calls, each instance its own", async () => {
    expect([await open.ask("count"), await open.ask("count")]).toEqual([1, 2]);
    await open.channel.openInstance({ contribution: "service/probe", instanceId: "two", config: { x: 1 } }, NEVER);
    const two = (member: string): Promise<unknown> => open.channel.method("two", member)([null], aCall());
    expect([await two("count"), await two("instance")]).toEqual([1, { id: "two", config: { x: 1 } }]);
    await open.channel.closeInstance("two", NEVER);
    expect(await open.ask("history")).toContain("close two");
  });

  test("is told what travels with a call", async () => {
    const context = { deadline: 1_000_500, attempt: 2, caller: "app/x", correlationId: "c9", permissions: ["a.*"] };
    expect(await open.ask("context", null, context)).toMatchObject({
      attempt: 2,
      caller: "app/x",
      correlationId: "c9",
    });
  });

  test("fails with code, details and causes, and goes on", async () => {
    const failure = await open.ask("fail", "no way").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "CONFIG_INVALID", message: "no way", details: { place: 1 } });
    expect((failure as Error).cause).toMatchObject({ message: "first", cause: { message: "second" } });
    expect(await open.ask("echo", 1)).toBe(1);
  });

  test.each<[method: string, input: unknown, answer: unknown, asked: unknown[]]>([
    [
      "fetch",
      "https://a.example",
      {
        status: 201,
        statusText: "Made",
        url: "https://a.example/x",
        headers: [["x-a", "1"]],
        body: [...new TextEncoder().encode("body")],
      },
      [
        "fetch",
        {
          url: "https://a.example",
          method: "POST",
          headers: [["x-a", "1"]],
          body: new Uint8Array([1, 2]),
          redirect: "manual",
        },
      ],
    ],
    ["read", "p", [1, 2, 3], ["readFile", "p"]],
    ["write", "p", undefined, ["writeFile", "p", new Uint8Array([7])]],
    ["append", "p", undefined, ["appendFile", "p", new Uint8Array([8])]],
    ["remove", "p", undefined, ["removeFile", "p"]],
    ["list", "p", [{ name: "a.txt", kind: "file" }], ["listFolder", "p"]],
    ["stat", "p", { kind: "file", size: 3, modifiedAt: 5 }, ["fileInfo", "p"]],
    ["stat", "none", undefined, ["fileInfo", "none"]],
    ["usage", "p", { total: 10, available: 5 }, ["diskUsage", "p"]],
    [
      "exec",
      "git",
      { exitCode: 0, signal: null, stdout: [104, 105], stderr: [] },
      ["exec", { command: "git", args: ["a"], cwd: "/x", env: { A: "1" }, input: new Uint8Array([1]), timeoutMs: 5 }],
    ],
    ["get", "k", '{"kept":[1]}', ["storeGet", "k"]],
    ["get", "none", undefined, ["storeGet", "none"]],
    ["set", "k", undefined, ["storeSet", "k", { a: 1 }]],
    ["delete", "k", true, ["storeDelete", "k"]],
    ["keys", "k", ["a", "b"], ["storeKeys", "k"]],
    ["secret", "token", "s3cr3t", ["secret", "token"]],
    ["handle", "token", "handle-of-token", ["secretHandle", "token"]],
    [
      "service",
      "s",
      '{"answer":42}',
      ["callService", "s", "method", { in: new Uint8Array([5]) }, { correlationId: "c1" }],
    ],
    ["publish", "a.b", undefined, ["publish", "a.b", [1]]],
    ["env", "LANG", "value", ["environment", "LANG"]],
    ["env", "NONE", undefined, ["environment", "NONE"]],
    ["log", "careful", undefined, ["log", { level: "warn", message: "careful", fields: { a: 1 } }]],
  ])("asks the host: %s %j", async (method, input, answer, asked) => {
    expect((await open.ask(method, input)) ?? undefined).toEqual(answer);
    expect(lastAsked()).toEqual(asked);
  });

  test("is told what it was denied", async () => {
    const denied = open.ask("secret", "other");
    await expect(denied).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: "not granted",
      details: { name: "other" },
    });
  });

  test("asks and replies over events [RPT-54]", async () => {
    expect(await open.ask("request", "a.sum")).toBe('{"reply":1}');
    expect(lastAsked()).toEqual(["request", "a.sum", [1], { timeoutMs: 500 }]);
    const subscription = (await open.ask("subscribe", "a.*")) as number;
    const deliver = host.listeners.get("a.*")!;
    const request = (subject: string, number: number): Promise<unknown> => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      const asked = { deadline: 1_060_000, signal: NEVER, replyLater: resolve };
      deliver({ subject, data: null, from: "host", number, request: asked });
      return promise;
    };
    expect(await request("a.ask", 1)).toEqual({ got: 1 });
    deliver({ subject: "a.told", data: null, from: "host", number: 2 });
    expect(await request("a.silent", 3)).toBeUndefined();
    expect(await open.ask("fired")).toMatchObject([
      [subscription, { subject: "a.ask" }],
      [true, false],
      [subscription, { subject: "a.told" }],
      [false],
      [subscription, { subject: "a.silent" }],
    ]);
    const ended = new Promise<void>((resolve) => (host.onEnded = resolve));
    await open.ask("unsubscribe", subscription);
    await ended;
    host.ended.length = 0;
  });

  test("hears events and times until it wants no more", async () => {
    const events = (await open.ask("subscribe", "a.*")) as number;
    await host.listeners.get("a.*")!({ subject: "a.b", data: { x: 1 }, from: "host", number: 1 });
    const timer = (await open.ask("after", 5)) as number;
    expect(lastAsked()).toEqual(["schedule", { afterMs: 5 }]);
    host.timers.at(-1)!();
    await expect
      .poll(() => open.ask("fired"))
      .toEqual([
        [events, { subject: "a.b", data: '{"x":1}', source: "host" }],
        [timer, null],
      ]);
    await open.ask("cron", "* * * * *");
    expect(lastAsked()).toEqual(["schedule", { cron: "* * * * *", timeZone: "Europe/Berlin" }]);
    const ended = new Promise<void>((resolve) => (host.onEnded = resolve));
    await open.ask("unsubscribe", events);
    await ended;
    expect(host.ended).toEqual(["subscribe a.*"]);
  });

  test("calls functions that it was passed", async () => {
    await open.channel.openInstance({ contribution: "executor/probe", instanceId: "run", config: {} }, NEVER);
    const heard: unknown[] = [];
    const emit = (item: unknown): void => void heard.push(item);
    const result = await open.channel.method("run", "execute")([{ command: "x", args: ["a", "bcd"] }, emit], aCall());
    expect([result, heard]).toEqual([
      { exitCode: 0, signal: null, durationMs: 1 },
      [
        { stream: "stdout", bytes: new Uint8Array([1]) },
        { stream: "stdout", bytes: new Uint8Array([3]) },
      ],
    ]);
  });

  test("has the host's time, and random numbers", async () => {
    const [now, isRunning] = (await open.ask("now")) as [number, boolean];
    expect([now >= 1_000_000 && now < 1_600_000, isRunning, await open.ask("random", 16)]).toEqual([true, true, 16]);
  });

  test("waits for one thing after the other when it is called again and again", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => open.ask("keys", String(index))));
    expect(answers).toEqual(answers.map(() => ["a", "b"]));
  });

  test("a call that is given up takes what it waits for with it, and the others go on", async () => {
    const giveUp = new AbortController();
    const hanging = open.ask("exec", "hang", { signal: giveUp.signal });
    const behind = open.ask("echo", 7);
    await expect.poll(() => (lastAsked() as unknown[])[0]).toBe("exec");
    giveUp.abort(new HostError("CALL_CANCELLED", "enough"));
    await expect(hanging).rejects.toThrow("enough");
    expect(await behind).toBe(7);
  });

  test("goes through its hooks, and says what went wrong", async () => {
    await open.channel.initialize(NEVER);
    await open.channel.start(NEVER);
    await open.channel.stop(NEVER);
    expect(await open.ask("history")).toEqual(expect.arrayContaining(["initialize", "start", "stop"]));
    await expect(open.channel.cleanup(NEVER)).rejects.toThrow("the drawer is stuck");
  });
});

describe("a component of typed functions that keeps state [RPT-61]", { tags: ["slow"] }, () => {
  let open: OpenComponent;

  beforeAll(async () => {
    open = await openComponent(stateful, { limits: { state_mb: 1 } });
  });
  afterAll(() => open[Symbol.asyncDispose]());

  test("says so; one that exports no state keeps none", async () => {
    expect([open.channel.keepsState, await open.channel.saveState(NEVER)]).toEqual([true, undefined]);
    await using without = await openComponent(component);
    expect([without.channel.keepsState, await without.channel.saveState(NEVER)]).toEqual([false, undefined]);
    await expect(without.channel.restoreState({ version: 1, value: 1 }, NEVER)).rejects.toMatchObject({
      code: "STATE_INCOMPATIBLE",
    });
  });

  test.each([
    ["JSON", { $bytes: 0, $bytes$bytes: [1, "é", null] }],
    ["bytes", new Uint8Array([1, 2, 3])],
  ])("hands on %s", async (_kind, value) => {
    await open.channel.restoreState({ version: 3, value }, NEVER);
    expect(await open.channel.saveState(NEVER)).toEqual({ version: 3, value });
  });

  test("migrates what another version saved, or says that it cannot", async () => {
    await open.channel.restoreState({ version: 2, value: new Uint8Array([7]) }, NEVER);
    const migrated = { from: 2, was: "bytes", value: [7] };
    expect(await open.channel.saveState(NEVER)).toEqual({ version: 3, value: migrated });
    for (const version of [1, -1, 2 ** 40]) {
      const refused = open.channel.restoreState({ version, value: 1 }, NEVER);
      await expect(refused).rejects.toMatchObject({ code: "STATE_INCOMPATIBLE" });
    }
    await expect(open.channel.restoreState({ version: 3, value: "broken" }, NEVER)).rejects.toThrow("does not fit");
    expect(await open.channel.saveState(NEVER)).toEqual({ version: 3, value: migrated });
  });

  test.each([
    [
      "too deep",
      { tag: "json", val: "[".repeat(300) + "]".repeat(300) },
      "STATE_UNCARRIABLE",
      "nested deeper than 200",
    ],
    ["too large", { tag: "json", val: `{"text":"${"x".repeat(1_100_000)}"}` }, "STATE_UNCARRIABLE", "state.text"],
    ["too many bytes", { tag: "bytes", val: 1_100_000 }, "STATE_UNCARRIABLE", "larger than 1048576 bytes"],
    ["no JSON", { tag: "json", val: "{" }, "PLUGIN_FAILED", "no JSON"],
  ])("is refused state that is %s, and goes on", async (_what, content, code, message) => {
    await open.ask("keep", content);
    const refused = open.channel.saveState(NEVER);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(await open.ask("echo", 1)).toBe(1);
  });
});

describe("a component that does harm is ended", { tags: ["slow"] }, () => {
  test("a trap is the plugin's failure", async () => {
    await using open = await openComponent(component);
    await expect(open.ask("trap")).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
    expect((await open.channel.exited).reason).toContain("trapped");
    await expect(open.ask("echo", 1)).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
  });

  test("what does not return is ended by the deadline [RPT-144]", async () => {
    await using open = await openComponent(component, { options: { graceMs: 50 } });
    await open.ask("echo", 1);
    const giveUp = AbortSignal.timeout(50);
    await expect(open.ask("spin", null, { signal: giveUp })).rejects.toBeDefined();
    expect((await open.channel.exited).reason).toContain("did not stop");
  });

  test("memory ends where limits.memory_mb says, and it is told [OPS-52]", async () => {
    await using open = await openComponent(component, { limits: { memory_mb: 32 } });
    await open.ask("echo", 1);
    await expect(open.ask("hoard")).rejects.toBeDefined();
    await expect.poll(() => open.request.limitEvents).toMatchObject([{ limit: "memory_mb", allowed: 32 }]);
    expect(open.request.limitEvents[0]!.used).toBeLessThanOrEqual(32);
  });
});
