import type { Capabilities, Connection, EventDelivery, FetchRequest, FetchResponse } from "@berth/contract";
import { describe, expect, test, vi } from "vitest";
import { createContext } from "./create-context.ts";
import { SecretHandle } from "../secret-handle.ts";
import { Secret } from "../secret.ts";

type Asked = [name: string, ...args: unknown[]];

/** Capabilities that keep what they were asked and answer what the test says. */
function contextWith(answers: Partial<Record<keyof Capabilities, unknown>> = {}) {
  const asked: Asked[] = [];
  const host = new Proxy({} as Capabilities, {
    get:
      (_target, name: keyof Capabilities) =>
      (...args: unknown[]) => {
        asked.push([name, ...args]);
        return name === "log" ? undefined : Promise.resolve(answers[name]);
      },
  });
  const identity = { plugin: { name: "weather", version: "1.2.3" }, instanceId: "home", now: () => 42 };
  return { ctx: createContext(identity, host), asked };
}
const answer = (given: Partial<FetchResponse> = {}): FetchResponse => ({
  status: 200,
  statusText: "OK",
  url: "https://example.org/after",
  headers: [["content-type", "application/json"]],
  body: new TextEncoder().encode('{"fine":true}'),
  ...given,
});
const signal = new AbortController().signal;

describe("createContext", () => {
  test("says who the plugin is, and cannot be changed", () => {
    const { ctx } = contextWith();
    expect([ctx.plugin, ctx.instanceId, ctx.now()]).toEqual([{ name: "weather", version: "1.2.3" }, "home", 42]);
    for (const part of [
      ctx,
      ctx.plugin,
      ctx.files,
      ctx.store,
      ctx.secrets,
      ctx.log,
      ctx.events,
      ctx.services,
      ctx.env,
      ctx.schedule,
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  test("hands files on, text as UTF-8", async () => {
    const { ctx, asked } = contextWith({ readFile: new TextEncoder().encode("grüß"), fileInfo: undefined });
    expect(await ctx.files.readText("a", signal)).toBe("grüß");
    await ctx.files.write("b", "ü", signal);
    await ctx.files.write("b", new Uint8Array([1]), signal);
    expect(await ctx.files.info("c", signal)).toBeUndefined();
    await ctx.files.remove("d", signal);
    await ctx.files.list("e", signal);
    await ctx.files.diskUsage("f", signal);
    await ctx.files.read("g", signal);
    expect(asked).toEqual([
      ["readFile", "a", signal],
      ["writeFile", "b", new Uint8Array([0xc3, 0xbc]), signal],
      ["writeFile", "b", new Uint8Array([1]), signal],
      ["fileInfo", "c", signal],
      ["removeFile", "d", signal],
      ["listFolder", "e", signal],
      ["diskUsage", "f", signal],
      ["readFile", "g", signal],
    ]);
  });

  test("gives a call without a signal one that never fires", async () => {
    const { ctx, asked } = contextWith({ readFile: new Uint8Array() });
    await ctx.files.read("a");
    await ctx.services.call("runs", "summary");
    for (const [, ...args] of asked) expect((args.at(-1) as AbortSignal).aborted).toBe(false);
  });

  test("hands programs on, and decodes what they print", async () => {
    const printed = {
      exitCode: 1,
      signal: null,
      stdout: new TextEncoder().encode("ü"),
      stderr: new Uint8Array([0xff]),
    };
    const { ctx, asked } = contextWith({ exec: printed });
    const outcome = await ctx.exec("git", ["log"], {
      cwd: "/x",
      env: { A: "1" },
      input: "in",
      timeoutMs: 5,
      maxOutputBytes: 9,
      signal,
    });
    expect(outcome).toEqual({ exitCode: 1, signal: null, stdout: "ü", stderr: "\ufffd" });
    const request = { command: "git", args: ["log"], cwd: "/x", env: { A: "1" }, timeoutMs: 5, maxOutputBytes: 9 };
    expect(asked[0]).toEqual(["exec", { ...request, input: new TextEncoder().encode("in") }, signal]);
    await ctx.exec("true");
    expect(asked[1]?.[1]).toEqual({ command: "true", args: [] });
  });

  test("covers secrets, and hands store, services and events on", async () => {
    const { ctx, asked } = contextWith({
      secret: "k3y",
      storeGet: { a: 1 },
      callService: [1],
      storeKeys: ["a"],
      storeDelete: true,
    });
    const secret = await ctx.secrets.get("key");
    expect([secret instanceof Secret, secret.reveal()]).toEqual([true, "k3y"]);
    expect(await ctx.store.get("x")).toEqual({ a: 1 });
    expect(await ctx.store.keys()).toEqual(["a"]);
    expect(await ctx.store.delete("x")).toBe(true);
    await ctx.store.set("x", [1]);
    expect(await ctx.services.call("runs", "summary", { sinceMs: 1 }, signal)).toEqual([1]);
    await ctx.events.publish("it.happened");
    await ctx.events.request("it.works", 1, { timeoutMs: 5, signal });
    await ctx.events.subscribe("it.*", () => undefined);
    expect(asked.slice(1)).toEqual([
      ["storeGet", "x"],
      ["storeKeys", ""],
      ["storeDelete", "x"],
      ["storeSet", "x", [1]],
      ["callService", "runs", "summary", { sinceMs: 1 }, signal],
      ["publish", "it.happened", null],
      ["request", "it.works", 1, { timeoutMs: 5 }, signal],
      ["subscribe", "it.*", expect.any(Function)],
    ]);
  });

  test("gives every listener data of its own, and its reply back [RPT-54]", async () => {
    const { ctx, asked } = contextWith();
    const heard: unknown[] = [];
    await ctx.events.subscribe("a", (...args) => {
      heard.push(args);
      (args[0].data as number[]).push(9);
      return args[0].data;
    });
    const deliver = asked[0]![2] as EventDelivery;
    const data = [1, { ["__proto__"]: 2 }, null];
    const event = { subject: "a", data, from: "host", number: 7 };
    const request = { deadline: 5, signal, replyLater: () => undefined };
    expect(deliver(event)).toEqual([1, { ["__proto__"]: 2 }, null, 9]);
    expect(deliver({ ...event, dropped: 2, request })).toEqual([1, { ["__proto__"]: 2 }, null, 9]);
    expect(data).toEqual([1, { ["__proto__"]: 2 }, null]);
    const shown = { subject: "a", data: [1, { ["__proto__"]: 2 }, null, 9], from: "host" };
    expect(heard).toEqual([
      [shown],
      [
        { ...shown, dropped: 2 },
        { deadline: 5, signal },
      ],
    ]);
  });

  test("has a log for every level", () => {
    const { ctx, asked } = contextWith();
    ctx.log.trace("a");
    ctx.log.debug("b");
    ctx.log.info("c", { n: 1 });
    ctx.log.warn("d");
    ctx.log.error("e");
    expect(asked.map(([, entry]) => entry)).toEqual([
      { level: "trace", message: "a" },
      { level: "debug", message: "b" },
      { level: "info", message: "c", fields: { n: 1 } },
      { level: "warn", message: "d" },
      { level: "error", message: "e" },
    ]);
  });
});

describe("ctx.secrets.handle and ctx.env", () => {
  test("a handle is its placeholder wherever it becomes text, and a variable is plain", async () => {
    const { ctx, asked } = contextWith({ secretHandle: "berth-secret-1", environment: "C.UTF-8" });
    const handle = await ctx.secrets.handle("TOKEN");
    expect([handle instanceof SecretHandle, `Bearer ${String(handle)}`, JSON.stringify({ handle })]).toEqual([
      true,
      "Bearer berth-secret-1",
      '{"handle":"berth-secret-1"}',
    ]);
    expect(await ctx.env.get("LANG")).toBe("C.UTF-8");
    expect(asked).toEqual([
      ["secretHandle", "TOKEN"],
      ["environment", "LANG"],
    ]);
  });
});

describe("ctx.schedule", () => {
  test("asks the host for timers, and hands on what ends them", async () => {
    const timer = { [Symbol.dispose]: () => undefined };
    const { ctx, asked } = contextWith({ schedule: timer });
    const nothing = (): void => undefined;
    expect(await ctx.schedule.after(10, nothing)).toBe(timer);
    await ctx.schedule.every(100, nothing);
    await ctx.schedule.cron("0 9 * * *", nothing);
    await ctx.schedule.cron("0 9 * * *", nothing, { timeZone: "Europe/Oslo" });
    expect(asked.map(([, request]) => request)).toEqual([
      { afterMs: 10 },
      { everyMs: 100 },
      { cron: "0 9 * * *" },
      { cron: "0 9 * * *", timeZone: "Europe/Oslo" },
    ]);
  });

  test("logs what a function throws, and calls none that is still busy", async () => {
    const { ctx, asked } = contextWith();
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    await ctx.schedule.every(100, async () => {
      calls++;
      await gate.promise;
      throw new Error("the feed is down");
    });
    const fire = asked[0]![2] as () => void;
    fire();
    fire();
    expect(calls).toBe(1);
    gate.resolve();
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]).toEqual(["log", { level: "error", message: "A scheduled function failed: the feed is down" }]);
    fire();
    expect(calls).toBe(2);
  });
});

describe("ctx.connect", () => {
  /** A connection that says what it was told, and keeps it. */
  function connectionOf(chunks: (string | undefined)[]) {
    const done: unknown[] = [];
    const connection: Connection = {
      remoteAddress: "127.0.0.1",
      remotePort: 5_432,
      write: async (bytes) => void done.push(bytes.length),
      read: async () => {
        done.push("read");
        const text = chunks.shift();
        return text === undefined ? undefined : new TextEncoder().encode(text);
      },
      end: () => void done.push("end"),
      [Symbol.dispose]: () => void done.push("disposed"),
    };
    return { connection, done };
  }

  test("is a pair of web streams that read ahead of nobody and write in parts", async () => {
    const { connection, done } = connectionOf(["one ", "two"]);
    const { ctx, asked } = contextWith({ connect: connection });
    const pair = await ctx.connect("db.example", 5_432, { signal });
    expect(asked[0]).toEqual(["connect", { host: "db.example", port: 5_432 }, signal]);
    expect([pair.remoteAddress, pair.remotePort, done]).toEqual(["127.0.0.1", 5_432, []]);
    const writer = pair.writable.getWriter();
    await writer.write(new Uint8Array(150_000));
    await writer.close();
    expect(await new Response(pair.readable as ReadableStream<Uint8Array<ArrayBuffer>>).text()).toBe("one two");
    pair[Symbol.dispose]();
    expect(done).toEqual([65_536, 65_536, 18_928, "end", "read", "read", "read", "disposed"]);
  });

  test("ends at once when either side is given up", async () => {
    const { connection, done } = connectionOf([]);
    const { ctx } = contextWith({ connect: connection });
    const pair = await ctx.connect("db.example", 5_432);
    await pair.readable.cancel();
    await pair.writable.abort();
    expect(done).toEqual(["disposed", "disposed"]);
  });
});

describe("ctx.fetch", () => {
  test("is the web's: address, method, headers and body go out, a Response comes back", async () => {
    const { ctx, asked } = contextWith({ fetch: answer() });
    const response = await ctx.fetch(new URL("https://example.org/q?a=1"), {
      method: "POST",
      headers: { "X-Test": "1" },
      body: JSON.stringify({ a: 1 }),
      redirect: "error",
      signal,
    });
    expect(asked[0]?.[1]).toMatchObject({ url: "https://example.org/q?a=1", method: "POST", redirect: "error" });
    const { headers, body } = asked[0]![1] as FetchRequest;
    expect(new Map(headers).get("x-test")).toBe("1");
    expect(new TextDecoder().decode(body)).toBe('{"a":1}');
    expect([response.ok, response.url, response.headers.get("content-type")]).toEqual([
      true,
      "https://example.org/after",
      "application/json",
    ]);
    expect(await response.json()).toEqual({ fine: true });
  });

  test("takes a Request, and sends no body where there is none", async () => {
    const { ctx, asked } = contextWith({ fetch: answer() });
    await ctx.fetch(new Request("https://example.org/"));
    expect(asked[0]?.[1]).toMatchObject({ method: "GET", redirect: "follow" });
    expect(asked[0]?.[1]).not.toHaveProperty("body");
  });

  test.each([204, 205, 304])("gives a Response without a body for status %i", async (status) => {
    const { ctx } = contextWith({ fetch: answer({ status, statusText: "" }) });
    const response = await ctx.fetch("https://example.org/");
    expect([response.status, await response.text()]).toEqual([status, ""]);
  });

  test("passes the caller's abort on", async () => {
    const { ctx, asked } = contextWith({ fetch: answer() });
    const giveUp = new AbortController();
    await ctx.fetch("https://example.org/", { signal: giveUp.signal });
    giveUp.abort(new Error("enough"));
    expect((asked[0]![2] as AbortSignal).reason).toMatchObject({ message: "enough" });
  });
});
