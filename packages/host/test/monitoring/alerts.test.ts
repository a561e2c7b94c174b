import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { systemClock } from "@berth/base";
import { defaultHostConfig } from "@berth/kernel/config";
import { createTestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";
import type { AlertNews } from "../../src/alerts/alert-desk.ts";
import { AlertWebhook, type AlertWebhookOptions } from "../../src/alerts/alert-webhook.ts";
import { createLog, type LogRecord, Masker } from "../../src/log/index.ts";
import { callOften } from "./call-often.ts";

const within = (): AbortSignal => AbortSignal.timeout(60_000);

interface Told {
  headers: IncomingHttpHeaders;
  body: string;
}

interface Receiver extends AsyncDisposable {
  url: string;
  told: Told[];
  /** Settles with the next message. */
  next(): Promise<Told>;
}

/** A real server that answers as it is told to; `undefined` is no answer at all. */
async function receiver(
  statuses: (number | undefined)[] = [],
  headers: Record<string, string> = {},
): Promise<Receiver> {
  const told: Told[] = [];
  const waiting: ((one: Told) => void)[] = [];
  const server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      const one = { headers: request.headers, body };
      told.push(one);
      const status = statuses.length > 0 ? statuses.shift() : 204;
      if (status !== undefined) response.writeHead(status, headers).end();
      waiting.shift()?.(one);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/hush-hush`,
    told,
    next: () => new Promise((resolve) => void waiting.push(resolve)),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const news = (rule = "slow"): AlertNews => ({
  state: "raised",
  at: 2_000,
  since: 1_000,
  alert: {
    rule,
    severity: "warning",
    plugin: "weather",
    metric: "p99_ms",
    value: 9,
    above: 5,
    since: 1,
    message: "slow",
  },
});

function webhook(url: string, more: Partial<AlertWebhookOptions> = {}): { hook: AlertWebhook; records: LogRecord[] } {
  const records: LogRecord[] = [];
  const log = createLog({ sink: (one) => records.push(one), level: "trace", clock: systemClock, masker: new Masker() });
  const mask = (body: string): string => body.replaceAll("hunter2", "***");
  const options = { url, timeoutMs: 5_000, attempts: 3, pausesMs: [1, 1], from: { host: "here" }, clock: systemClock };
  return { hook: new AlertWebhook({ ...options, log, mask, ...more }), records };
}

describe("AlertWebhook", () => {
  test("tries again what may pass, in order, and signs what it says together with the time [BWK-14]", async () => {
    await using server = await receiver([503, 429, 204, 204]);
    const { hook, records } = webhook(server.url, { key: "key" });
    await using _hook = hook;
    hook.tell([news("first hunter2")]);
    hook.tell([news("second"), news("third")]);
    await hook.idle();
    expect(server.told.map(({ body }) => (JSON.parse(body) as { alerts: { rule: string }[] }).alerts[0]!.rule)).toEqual(
      ["first ***", "first ***", "first ***", "second"],
    );
    for (const { headers, body } of server.told) {
      const [, time, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["x-berth-signature"]))!;
      expect(createHmac("sha256", "key").update(`${time}.${body}`).digest("hex")).toBe(digest);
    }
    expect(JSON.parse(server.told[0]!.body)).toEqual({
      version: 1,
      from: { host: "here" },
      alerts: [
        {
          state: "raised",
          rule: "first ***",
          severity: "warning",
          plugin: "weather",
          metric: "p99_ms",
          value: 9,
          above: 5,
          message: "slow",
          at: "1970-01-01T00:00:02.000Z",
          since: "1970-01-01T00:00:01.000Z",
        },
      ],
    });
    expect(hook.counts).toEqual({ delivered: 3, dropped: 0, waiting: 0 });
    expect(records).toEqual([]);
  });

  test.each([
    ["a refusal is not tried again", [400], {}, 1, "it answered 400"],
    ["a redirection is not followed", [307], {}, 1, "it answered 307"],
    ["a server that fails on", [500, 500, 500], {}, 3, "it answered 500, at the last of 3 attempts"],
    ["no answer", [undefined], { attempts: 1, timeoutMs: 100 }, 1, "no answer within 0.1 s"],
  ])("says in the log what it could not tell: %s", async (_what, statuses, more, attempts, why) => {
    await using server = await receiver([...statuses], { location: "/elsewhere" });
    const { hook, records } = webhook(server.url, more);
    await using _hook = hook;
    hook.tell([news()]);
    await hook.idle();
    expect(server.told).toHaveLength(attempts);
    expect(records.map(({ level, message }) => [level, message])).toEqual([
      ["error", `Cannot tell ${new URL(server.url).origin} of 1 alerts (slow): ${why}`],
    ]);
    expect(hook.counts).toEqual({ delivered: 0, dropped: 1, waiting: 0 });
  });

  test("keeps no more than it may while a server hangs, and goes on when it is back", async () => {
    await using server = await receiver([undefined]);
    const { hook, records } = webhook(server.url, { attempts: 2, timeoutMs: 1_000 });
    await using _hook = hook;
    const first = server.next();
    hook.tell([news("first")]);
    await first;
    for (let batch = 0; batch < 30; batch++) hook.tell(Array.from({ length: 50 }, () => news()));
    expect(hook.counts.waiting).toBe(1_000);
    expect(records.at(-1)!.message).toContain("1000 wait already");
    await hook.idle();
    expect(hook.counts).toEqual({ delivered: 1_001, dropped: 500, waiting: 0 });
  });

  test("holds nobody up at the end", async () => {
    await using server = await receiver([undefined]);
    const { hook, records } = webhook(server.url, { timeoutMs: 60_000 });
    const first = server.next();
    hook.tell([news()]);
    await first;
    await hook[Symbol.asyncDispose]();
    expect(records.map(({ message }) => message)).toEqual([expect.stringContaining("the host is ending")]);
  });
});

describe("host.alerts", () => {
  const failing = {
    name: "weather",
    provides: { source: ["weather"] },
    source: `
      import { definePlugin, defineSource } from "@berth/sdk";
      const fetch = async () => { if (globalThis.berthFails) throw new Error("no luck"); return { title: "", lines: [] }; };
      export default definePlugin({ provides: [defineSource("weather", { create: () => ({ fetch }) })] });`,
  } as const;

  test("are told in the log, as events and by a signed message, raised and cleared [BWK-14]", async () => {
    await using server = await receiver();
    const webhook = { url: server.url, secret: "ALERT_KEY", timeout_ms: 5_000, attempts: 2 };
    const rule = { metric: "error_percent", above: 50, for_ms: 0, within_ms: 10_000, min_calls: 5 } as const;
    const rules = { failing: { ...rule, severity: "critical" as const, plugins: ["wea*"] } };
    await using host = await createTestHost({
      plugins: [failing],
      env: { ALERT_KEY: "the-key" },
      config: {
        ...defaultHostConfig(),
        usage: { interval_ms: 3_600_000, history: 10 },
        alerts: { defaults: false, rules, webhook },
      },
    });
    const events: unknown[] = [];
    host.events.subscribe(
      { owner: "host", pattern: "alert.*" },
      ({ subject, data }) => void events.push([subject, data]),
    );
    await host.start(within());
    await host.usage.snapshot(0);
    Object.assign(globalThis, { berthFails: true });
    const raised = server.next();
    await callOften(host, "weather", 10);
    await host.usage.snapshot(0);
    const { body, headers } = await raised;
    expect(JSON.parse(body)).toMatchObject({
      from: { pid: process.pid },
      alerts: [{ state: "raised", rule: "failing", plugin: "weather", value: 100, severity: "critical" }],
    });
    const [, time, digest] = /^t=(\d+),v1=(\w+)$/.exec(String(headers["x-berth-signature"]))!;
    expect(createHmac("sha256", "the-key").update(`${time}.${body}`).digest("hex")).toBe(digest);
    expect(host.alerts).toEqual([
      expect.objectContaining({ rule: "failing", plugin: "weather", severity: "critical", value: 100 }),
    ]);
    const message = 'plugin "weather": share of failed calls is 100%, where 50% is the most (failing)';
    expect(host.records.find(({ level }) => level === "error")).toMatchObject({ message: `Alert: ${message}` });
    expect(host.health.snapshot().results).toContainEqual(
      expect.objectContaining({
        name: "plugin/weather",
        health: "degraded",
        message: "100 % of its calls failed lately",
      }),
    );
    Object.assign(globalThis, { berthFails: false });
    const cleared = server.next();
    await callOften(host, "weather", 10);
    await host.usage.snapshot(0);
    expect(JSON.parse((await cleared).body)).toMatchObject({
      alerts: [{ state: "cleared", rule: "failing", value: 0 }],
    });
    expect(host.alerts).toEqual([]);
    expect(host.health.snapshot({ exclude: ["storage"] }).health).toBe("healthy");
    expect(events).toEqual([
      ["alert.raised", expect.objectContaining({ rule: "failing", plugin: "weather", message })],
      ["alert.cleared", expect.objectContaining({ rule: "failing", value: 0 })],
    ]);
  });

  test("are not sent unsigned where they should be signed", async () => {
    await using server = await receiver();
    const webhook = { url: server.url, secret: "ALERT_KEY", timeout_ms: 5_000, attempts: 2 };
    const config = { ...defaultHostConfig(), alerts: { defaults: true, rules: {}, webhook } };
    await using host = await createTestHost({ config });
    await host.start(within());
    expect(host.records.find(({ level }) => level === "error")?.message).toBe(
      "Cannot sign alerts, so none are sent to the webhook: set the environment variable ALERT_KEY, or ALERT_KEY_FILE to a file that holds it",
    );
  });
});
