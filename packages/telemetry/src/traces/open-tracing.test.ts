import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ManualClock, systemClock } from "@berth/base";
import { HostError } from "@berth/contract";
import { CallScope } from "@berth/kernel/tracing";
import { describe, expect, test } from "vitest";
import { openTracing, type Tracing, type TracingOptions } from "./open-tracing.ts";
import type { TraceSettings } from "./trace-settings.ts";

interface Receiver extends AsyncDisposable {
  url: string;
  seen: { path: string; headers: Record<string, unknown>; body: unknown }[];
  /** What it answers from now on; 0: nothing at all. */
  status: number;
}

async function openReceiver(): Promise<Receiver> {
  const receiver = { url: "", seen: [] as Receiver["seen"], status: 200 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
      receiver.seen.push({ path: request.url ?? "", headers: request.headers, body });
      if (receiver.status !== 0) response.writeHead(receiver.status).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(receiver, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

const SETTINGS: TraceSettings = {
  exporter: "console",
  endpoint: "",
  headers: {},
  sampleRatio: 1,
  isParentBased: true,
  timeoutMs: 10_000,
  serviceName: "test",
  resource: { team: "a" },
  queue: 10,
  batch: 4,
  delayMs: 5_000,
};

interface Opened {
  tracing: Tracing;
  scope: CallScope;
  lines: Record<string, unknown>[];
  log: string[];
}

function open(settings: Partial<TraceSettings> = {}, more: Partial<TracingOptions> = {}): Opened {
  const scope = new CallScope();
  const lines: Record<string, unknown>[] = [];
  const log: string[] = [];
  const tracing = openTracing({
    settings: { ...SETTINGS, ...settings },
    scope,
    clock: systemClock,
    hostVersion: "1.2.3",
    mask: (text) => text.replaceAll("sesame", "***"),
    log: (level, message) => log.push(`${level} ${message}`),
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    ...more,
  });
  return { tracing, scope, lines, log };
}

const spansAtOnce = ({ tracer }: Tracing, count: number): void => {
  for (let n = 0; n < count; n++) tracer.begin(`span ${n}`).end();
};

describe("openTracing", () => {
  test("writes a line of JSON for each span with the exporter console [SIG-118, SIG-130]", async () => {
    const { tracing, scope, lines } = open();
    await tracing.tracer.run("outer", { attributes: { a: 1, left_out: undefined } }, async () => {
      tracing.tracer.begin("inner", { kind: "client" }).end(new HostError("PLUGIN_FAILED", "sesame\u001b[31m"));
    });
    expect(scope.current).toBeUndefined();
    await tracing[Symbol.asyncDispose]();
    const [inner, outer] = lines;
    expect(inner).toMatchObject({
      span: "inner",
      kind: "client",
      status: "error",
      traceId: outer?.["traceId"],
      parentSpanId: outer?.["spanId"],
      attributes: { "error.type": "PLUGIN_FAILED" },
    });
    // Without the secret, and with the control character in words.
    expect(inner?.["error"]).toBe("***\\u001b[31m");
    expect(outer).toMatchObject({ span: "outer", kind: "internal", status: "unset", attributes: { a: 1 } });
  });

  test("sends OTLP as JSON, with headers and the resource [SIG-117, SIG-130, RPT-160]", async () => {
    await using receiver = await openReceiver();
    const { tracing, log } = open({
      exporter: "otlp",
      endpoint: `${receiver.url}/v1/traces`,
      headers: { authorization: "Bearer x" },
    });
    tracing.tracer.begin("one", { attributes: { "berth.data_points": 3, "berth.success": true } }).end();
    await tracing.flush();
    await tracing[Symbol.asyncDispose]();
    expect(receiver.seen).toHaveLength(1);
    const [{ path, headers, body }] = receiver.seen as [Receiver["seen"][number]];
    expect(path).toBe("/v1/traces");
    expect(headers).toMatchObject({ "content-type": "application/json", authorization: "Bearer x" });
    const [{ resource, scopeSpans }] = (body as { resourceSpans: [{ resource: object; scopeSpans: [object] }] })
      .resourceSpans;
    expect(resource).toMatchObject({
      attributes: expect.arrayContaining([
        { key: "service.name", value: { stringValue: "test" } },
        { key: "service.version", value: { stringValue: "1.2.3" } },
        { key: "team", value: { stringValue: "a" } },
      ]),
    });
    expect(scopeSpans[0]).toMatchObject({
      scope: { name: "berth" },
      spans: [
        {
          name: "one",
          traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
          spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
          attributes: [
            { key: "berth.data_points", value: { intValue: 3 } },
            { key: "berth.success", value: { boolValue: true } },
          ],
        },
      ],
    });
    expect(log).toEqual([]);
  });

  test("sends what Zipkin takes [SIG-124, SIG-130]", async () => {
    await using receiver = await openReceiver();
    const { tracing } = open({ exporter: "zipkin", endpoint: `${receiver.url}/api/v2/spans`, headers: { x: "y" } });
    await tracing.tracer.run("outer", {}, async (span) => {
      span.event("retry");
      tracing.tracer
        .begin("GET", { kind: "client", attributes: { "server.address": "api.example.org" } })
        .end(new Error("no answer"));
    });
    await tracing.flush();
    await tracing[Symbol.asyncDispose]();
    const [inner, outer] = receiver.seen[0]!.body as Record<string, unknown>[];
    expect(receiver.seen[0]).toMatchObject({ path: "/api/v2/spans", headers: { x: "y" } });
    expect(inner).toMatchObject({
      kind: "CLIENT",
      name: "GET",
      parentId: outer?.["id"],
      traceId: outer?.["traceId"],
      localEndpoint: { serviceName: "test" },
      remoteEndpoint: { serviceName: "api.example.org" },
      tags: { error: "no answer", "otel.status_code": "ERROR", "error.type": "Error", team: "a" },
    });
    expect(outer).toMatchObject({ annotations: [{ value: "retry" }] });
    expect(outer?.["parentId"]).toBeUndefined();
    expect(Number.isInteger(outer?.["timestamp"]) && Number(outer?.["duration"]) >= 1).toBe(true);
  });

  test.each(["zipkin", "otlp"] as const)(
    "loses spans and says so once when %s does not take them, and once when it does again",
    async (exporter) => {
      await using receiver = await openReceiver();
      receiver.status = 400;
      const { tracing, log } = open({ exporter, endpoint: receiver.url });
      for (let n = 0; n < 3; n++) {
        spansAtOnce(tracing, 1);
        await tracing.flush();
      }
      expect(tracing.counts).toMatchObject({ sent: 0, failed: 3 });
      expect(log).toEqual([expect.stringMatching(/^warn Cannot send spans to .* they are lost until it answers$/)]);
      receiver.status = 200;
      spansAtOnce(tracing, 2);
      await tracing.flush();
      expect(log.slice(1)).toEqual([expect.stringMatching(/^info Spans go to .* again; 3 were lost$/)]);
      expect(tracing.counts).toMatchObject({ sent: 2, failed: 3 });
      await tracing[Symbol.asyncDispose]();
    },
  );

  test("holds no more spans than it may, counts the others and says so once", async () => {
    const clock = new ManualClock(0);
    await using receiver = await openReceiver();
    receiver.status = 0;
    const { tracing, log } = open({ exporter: "zipkin", endpoint: receiver.url, queue: 10, batch: 4 }, { clock });
    spansAtOnce(tracing, 30);
    // Four are on their way, ten wait.
    expect(tracing.counts).toEqual({ sent: 0, failed: 0, dropped: 16, waiting: 10 });
    expect(log).toEqual([expect.stringContaining("Spans are lost: 10 wait for Zipkin at")]);
    const closing = tracing[Symbol.asyncDispose]();
    await expect.poll(() => receiver.seen.length).toBeGreaterThan(0);
    await clock.advance(3_000);
    await closing;
    expect(tracing.counts).toMatchObject({ sent: 0, waiting: 0 });
    expect(log.at(-1)).toContain("14 spans were not sent");
    expect(tracing.counts.dropped).toBe(30);
  });

  test("gives up a collector that does not answer in time", async () => {
    const clock = new ManualClock(0);
    await using receiver = await openReceiver();
    receiver.status = 0;
    const { tracing, log } = open({ exporter: "zipkin", endpoint: receiver.url, timeoutMs: 2_000 }, { clock });
    spansAtOnce(tracing, 1);
    const flushed = tracing.flush();
    await expect.poll(() => receiver.seen.length).toBe(1);
    await clock.advance(3_000);
    await flushed;
    expect(log).toEqual([expect.stringContaining("no answer within 2 s")]);
    await tracing[Symbol.asyncDispose]();
  });

  test("sends by itself when the delay is over, or a batch is full", async () => {
    const clock = new ManualClock(0);
    const { tracing, lines } = open({}, { clock });
    spansAtOnce(tracing, 1);
    expect(lines).toHaveLength(0);
    await clock.advance(5_000);
    await expect.poll(() => lines.length).toBe(1);
    spansAtOnce(tracing, 4);
    await expect.poll(() => lines.length).toBe(5);
    await tracing[Symbol.asyncDispose]();
  });

  test("keeps the share of traces it was told to, each whole or not at all [SIG-179]", async () => {
    const { tracing, lines } = open({ sampleRatio: 0.3, queue: 10_000, batch: 10_000 });
    let kept = 0;
    for (let n = 0; n < 500; n++) {
      await tracing.tracer.run("root", {}, async (span) => {
        if (span.isRecording) kept++;
        expect(span.traceparent.endsWith(span.isRecording ? "-01" : "-00")).toBe(true);
        await tracing.tracer.run("child", {}, async (child) => {
          expect([child.traceId, child.isRecording]).toEqual([span.traceId, span.isRecording]);
        });
      });
    }
    await tracing[Symbol.asyncDispose]();
    expect(lines).toHaveLength(2 * kept);
    // Far outside of this the ratio would not be one: 0.3 of 500, with ten standard deviations on either side.
    expect(kept).toBeGreaterThan(50);
    expect(kept).toBeLessThan(250);
  });

  test("bounds what a span may hold", async () => {
    const { tracing, lines } = open();
    const attributes = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`a${n}`, "x".repeat(100_000)]));
    const span = tracing.tracer.begin("n".repeat(1_000), { attributes });
    for (let n = 0; n < 500; n++) span.event("again");
    span.end();
    await tracing[Symbol.asyncDispose]();
    const [line] = lines as [{ span: string; attributes: Record<string, string>; events: unknown[] }];
    expect([line.span.length, Object.keys(line.attributes).length, line.events.length]).toEqual([200, 64, 32]);
    expect(Object.values(line.attributes).every((value) => value.length <= 1_000)).toBe(true);
  });
});
