import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { GOOD, openRig, type Rig } from "./signage-rig.ts";

interface ZipkinSpan {
  id: string;
  parentId?: string;
  name: string;
  tags: Record<string, string>;
}

interface Receiver extends AsyncDisposable {
  url: string;
  paths: string[];
  readonly spans: ZipkinSpan[];
}

/** Takes what is sent to Zipkin. */
async function openZipkin(): Promise<Receiver> {
  const spans: ZipkinSpan[] = [];
  const paths: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      paths.push(`${request.method} ${request.url}`);
      spans.push(...(JSON.parse(Buffer.concat(chunks).toString()) as ZipkinSpan[]));
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    paths,
    spans,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const named = (spans: readonly ZipkinSpan[], name: string): ZipkinSpan => {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`There is no span ${name}: ${spans.map((span) => span.name).join(", ")}`);
  return found;
};

const warnings = ({ host }: Rig): string[] =>
  host.records.filter(({ level }) => level === "warn").map(({ message }) => message);

describe("tracing of sources.yaml", () => {
  test("makes a span of each run, of what it fetches and of what it draws [SIG-119, SIG-120, SIG-122, SIG-123, SIG-129]", async () => {
    await using zipkin = await openZipkin();
    await using rig = await openRig({ top: { tracing: { exporter: "zipkin", endpoint: zipkin.url } } });
    const { home } = await rig.runOnce();
    await rig.host.telemetry.flush();
    expect(zipkin.paths[0]).toBe("POST /api/v2/spans");
    const run = named(zipkin.spans, "execute source/scripted");
    expect(run.tags).toMatchObject({
      "berth.source.id": "home",
      "berth.source.type": "scripted",
      "berth.success": "true",
      "berth.data_points": String(GOOD.lines.length),
      "berth.correlation_id": home!.correlationId,
      "service.name": "berth",
    });
    expect(Number(run.tags["berth.duration_ms"])).toBeGreaterThanOrEqual(0);
    expect(named(zipkin.spans, "fetch source/scripted").parentId).toBe(run.id);
    const render = named(zipkin.spans, "render");
    expect(render).toMatchObject({ parentId: run.id, tags: { "berth.width": "160" } });
    expect(named(zipkin.spans, "layout/default").parentId).toBe(render.id);
  });

  test("says of a failed run that it failed, and why, without its secrets [SIG-123]", async () => {
    await using zipkin = await openZipkin();
    const script = {
      fetch: () => {
        throw new HostError("CONFIG_INVALID", "key sesame-open-sesame was refused");
      },
    };
    await using rig = await openRig({
      top: { tracing: { exporter: "zipkin", endpoint: zipkin.url } },
      sources: [{ id: "home", retry: { enabled: false } }],
      script,
      onHost: (host) => host.masker.register("sesame-open-sesame"),
    });
    await rig.runOnce();
    await rig.host.telemetry.flush();
    const { tags } = named(zipkin.spans, "execute source/scripted");
    expect(tags).toMatchObject({
      "berth.success": "false",
      "error.type": "CONFIG_INVALID",
      "otel.status_code": "ERROR",
    });
    expect(tags["error"]).toContain("key *** was refused");
    expect(JSON.stringify(zipkin.spans)).not.toContain("sesame");
  });

  test("takes the old address of Jaeger, and warns what it means today [SIG-118, SIG-124]", async () => {
    await using rig = await openRig({
      top: { tracing: { exporter: "jaeger", jaeger_endpoint: "http://127.0.0.1:14268/api/traces" } },
    });
    expect(warnings(rig)).toEqual([
      expect.stringContaining(
        "jaeger_endpoint names the old collector of Jaeger, which takes OTLP today: spans go to http://127.0.0.1:4318/v1/traces",
      ),
    ]);
  });

  test("is off without the block, and with enabled: false [SIG-179]", async () => {
    await using without = await openRig({});
    await using off = await openRig({ top: { tracing: { enabled: false, exporter: "console" } } });
    await without.runOnce();
    await off.runOnce();
    expect([without.host.telemetry.tracer, off.host.telemetry.tracer]).toEqual([undefined, undefined]);
  });

  test("names the key it does not know, and the exporter", async () => {
    await expect(openRig({ top: { tracing: { exporter: "jager" } } })).rejects.toThrow("jaeger");
  });
});
