import { describe, expect, test } from "vitest";
import { resolveTraceSettings, type TraceSources } from "./resolve-settings.ts";

const resolve = (sources: Partial<TraceSources>) => resolveTraceSettings({ env: {}, ...sources });
const traces = (said: object) => ({ traces: { enabled: true, ...said } });

describe("resolveTraceSettings", () => {
  test("makes no spans where nobody asks for them [SIG-179]", () => {
    expect(resolve({})).toEqual({ settings: undefined, warnings: [] });
    expect(resolve({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" } }).settings).toBeUndefined();
    expect(resolve({ env: { OTEL_TRACES_EXPORTER: "none" } }).settings).toBeUndefined();
    expect(resolve({ telemetry: { traces: { enabled: false } } }).settings).toBeUndefined();
  });

  test("fills in what is left out [SIG-119]", () => {
    expect(resolve({ telemetry: traces({}) }).settings).toEqual({
      exporter: "otlp",
      endpoint: "http://localhost:4318/v1/traces",
      headers: {},
      sampleRatio: 1,
      isParentBased: true,
      timeoutMs: 10_000,
      serviceName: "berth",
      resource: {},
      queue: 2_048,
      batch: 512,
      delayMs: 5_000,
    });
    expect(resolve({ telemetry: traces({ exporter: "zipkin" }) }).settings?.endpoint).toBe(
      "http://localhost:9411/api/v2/spans",
    );
    // As the users of sources.yaml know it.
    expect(resolve({ tracing: { enabled: true } }).settings?.exporter).toBe("console");
  });

  test("takes a file over the environment, and that over the defaults", () => {
    const env = {
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/base/",
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b,x=1",
      OTEL_EXPORTER_OTLP_TIMEOUT: "3000",
      OTEL_SERVICE_NAME: "shop",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,team=a",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
      OTEL_BSP_MAX_QUEUE_SIZE: "100",
    };
    expect(resolve({ env }).settings).toMatchObject({
      endpoint: "http://collector:4318/base/v1/traces",
      headers: { "api-key": "a b", x: "1" },
      timeoutMs: 3_000,
      serviceName: "shop",
      resource: { "deployment.environment.name": "test", team: "a" },
      sampleRatio: 0.25,
      isParentBased: true,
      queue: 100,
      batch: 100,
    });
    const telemetry = {
      service_name: "mine",
      resource: { team: "b" },
      ...traces({
        endpoint: "https://other:4318",
        headers: { authorization: "x" },
        sample_ratio: 0.5,
        timeout_seconds: 2,
      }),
    };
    expect(resolve({ telemetry, env }).settings).toMatchObject({
      endpoint: "https://other:4318/v1/traces",
      headers: { authorization: "x" },
      timeoutMs: 2_000,
      serviceName: "mine",
      resource: { "deployment.environment.name": "test", team: "b" },
      sampleRatio: 0.5,
    });
  });

  test("takes the endpoint for traces alone as it is", () => {
    const env = { OTEL_TRACES_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c:1/own/path" };
    expect(resolve({ env }).settings?.endpoint).toBe("http://c:1/own/path");
  });

  test("lets OTEL_SDK_DISABLED win over all", () => {
    expect(resolve({ telemetry: traces({}), env: { OTEL_SDK_DISABLED: "TRUE" } }).settings).toBeUndefined();
  });

  test.each([
    ["always_off", 0, false],
    ["traceidratio", 0.1, false],
    ["parentbased_always_on", 1, true],
  ])("knows the sampler %s", (OTEL_TRACES_SAMPLER, sampleRatio, isParentBased) => {
    const env = { OTEL_TRACES_EXPORTER: "console", OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG: "0.1" };
    expect(resolve({ env }).settings).toMatchObject({ sampleRatio, isParentBased });
  });

  test("warns of variables that make no sense, and goes on without them", () => {
    const env = {
      OTEL_TRACES_EXPORTER: "otpl",
      OTEL_TRACES_SAMPLER: "sometimes",
      OTEL_TRACES_SAMPLER_ARG: "2",
      OTEL_BSP_SCHEDULE_DELAY: "soon",
      OTEL_EXPORTER_OTLP_ENDPOINT: "user:secret@nowhere",
      OTEL_RESOURCE_ATTRIBUTES: "novalue",
    };
    const { settings, warnings } = resolve({ telemetry: traces({}), env });
    expect(settings).toMatchObject({ exporter: "otlp", sampleRatio: 1, delayMs: 5_000, resource: {} });
    expect(warnings.join("\n")).toContain('"otpl" is not known; perhaps otlp?');
    expect(warnings).toHaveLength(5);
    expect(warnings.join("\n")).not.toContain("secret");
  });

  test.each([
    ["http://jaeger:14268/api/traces", "http://jaeger:4318/v1/traces", "names the old collector of Jaeger"],
    ["http://jaeger:4318", "http://jaeger:4318/v1/traces", "is now called endpoint"],
    ["https://trace.example.org/otlp", "https://trace.example.org/otlp", "is now called endpoint"],
  ])("sends what was for jaeger_endpoint %s to %s, and says so [SIG-118, SIG-124]", (old, endpoint, why) => {
    const { settings, warnings } = resolve({ tracing: { enabled: true, exporter: "jaeger", jaeger_endpoint: old } });
    expect(settings).toMatchObject({ exporter: "otlp", endpoint });
    expect(warnings).toEqual([expect.stringContaining(why)]);
  });

  test("needs no jaeger_endpoint where there is another exporter, or an endpoint", () => {
    const old = { jaeger_endpoint: "http://jaeger:14268/api/traces" };
    expect(resolve({ telemetry: traces({ exporter: "console", ...old }) })).toMatchObject({
      settings: { endpoint: "" },
      warnings: [expect.stringContaining("not jaeger")],
    });
    expect(resolve({ telemetry: traces({ exporter: "jaeger", endpoint: "http://j:4318", ...old }) })).toMatchObject({
      settings: { endpoint: "http://j:4318/v1/traces" },
      warnings: [expect.stringContaining("not used")],
    });
  });
});
