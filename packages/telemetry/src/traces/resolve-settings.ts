import type { TelemetryConfig, TracesConfig } from "@berth/kernel/config/telemetry";
import { OtelVariables } from "./otel-variables.ts";
import type { TraceExporter, TraceSettings } from "./trace-settings.ts";

/** What {@link resolveTraceSettings} found. */
export interface ResolvedTraces {
  /** Absent: no spans are made. */
  settings: TraceSettings | undefined;
  /** What is odd and yet no reason to stop: sentences for the log. */
  warnings: readonly string[];
}

/** What each part is told by. */
export interface TraceSources {
  /** `telemetry` of `berth.yaml`. */
  telemetry?: TelemetryConfig | undefined;
  /** `tracing` of an application's own file, where `berth.yaml` says nothing of traces. */
  tracing?: TracesConfig | undefined;
  env: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_ENDPOINTS = {
  console: "",
  otlp: "http://localhost:4318/v1/traces",
  zipkin: "http://localhost:9411/api/v2/spans",
} as const;
/** Where a bare address of a collector leads. */
const PATHS = { console: "", otlp: "/v1/traces", zipkin: "/api/v2/spans" } as const;
/** Where Jaeger takes OTLP, on the machine whose old collector was named. */
const JAEGER_OTLP = { port: "4318", path: "/v1/traces" };

/**
 * A file says more than the environment, and that more than the defaults; only `OTEL_SDK_DISABLED` wins over all. Without a file spans
 * are made when `OTEL_TRACES_EXPORTER` names an exporter.
 */
export function resolveTraceSettings({ telemetry, tracing, env }: TraceSources): ResolvedTraces {
  const variables = new OtelVariables(env);
  const file = telemetry?.traces ?? tracing;
  const named = file?.exporter ?? variables.exporter();
  const isOn = file ? file.enabled && (named !== "none" || file.exporter !== undefined) : isExporter(named);
  if (variables.isDisabled || !isOn) return { settings: undefined, warnings: [...new Set(variables.warnings)] };
  const asked = isExporter(named) ? named : file === tracing ? "console" : "otlp";
  const exporter: TraceExporter = asked === "jaeger" ? "otlp" : asked;
  const { endpoint, warning } = endpointOf(file, asked, exporter, variables);
  if (warning !== undefined) variables.warnings.push(warning);
  const sampler = variables.sampler();
  const settings: TraceSettings = {
    exporter,
    endpoint,
    headers: file?.headers ?? (exporter === "otlp" ? variables.headers() : {}),
    sampleRatio: file?.sample_ratio ?? sampler.ratio,
    isParentBased: file?.sample_ratio === undefined ? sampler.isParentBased : true,
    timeoutMs: file?.timeout_seconds === undefined ? variables.timeoutMs() : file.timeout_seconds * 1_000,
    serviceName: telemetry?.service_name ?? variables.serviceName() ?? "berth",
    resource: { ...variables.resource(), ...telemetry?.resource },
    ...variables.batching(),
  };
  return { settings, warnings: [...new Set(variables.warnings)] };
}

type NamedExporter = TraceExporter | "jaeger";
const EXPORTERS: ReadonlySet<string | undefined> = new Set(["console", "otlp", "zipkin", "jaeger"]);

function isExporter(name: string | undefined): name is NamedExporter {
  return EXPORTERS.has(name);
}

function endpointOf(
  file: TracesConfig | undefined,
  asked: NamedExporter,
  exporter: TraceExporter,
  variables: OtelVariables,
): { endpoint: string; warning?: string } {
  const old = file?.jaeger_endpoint;
  const said = file?.endpoint;
  if (said !== undefined) {
    const warning = "jaeger_endpoint is not used: endpoint stands beside it and says more";
    return { endpoint: withPath(said, exporter), ...(old === undefined ? {} : { warning }) };
  }
  if (old !== undefined) return fromJaeger(old, asked, variables);
  const given = variables.endpoint(exporter);
  return { endpoint: given === undefined ? DEFAULT_ENDPOINTS[exporter] : withPath(given, exporter) };
}

/** Jaeger's own format is gone from its clients; where it was taken, OTLP is taken on another port. */
function fromJaeger(
  old: string,
  asked: NamedExporter,
  variables: OtelVariables,
): { endpoint: string; warning: string } {
  if (asked !== "jaeger") {
    const exporter = asked;
    const endpoint = variables.endpoint(exporter) ?? DEFAULT_ENDPOINTS[exporter];
    return { endpoint, warning: `jaeger_endpoint is not used: the exporter is ${asked}, not jaeger` };
  }
  const url = new URL(old);
  const isOldCollector = url.port === "14268" || url.pathname.startsWith("/api/traces");
  if (isOldCollector) {
    url.port = JAEGER_OTLP.port;
    url.pathname = JAEGER_OTLP.path;
    url.search = "";
  }
  const endpoint = withPath(url.href, "otlp");
  const told = isOldCollector ? "names the old collector of Jaeger, which takes OTLP today" : "is now called endpoint";
  return { endpoint, warning: `jaeger_endpoint ${told}: spans go to ${endpoint}; write endpoint: ${endpoint}` };
}

/** A bare address gets the path that the protocol has. */
function withPath(address: string, exporter: TraceExporter): string {
  const url = URL.parse(address);
  if (url === null || exporter === "console") return DEFAULT_ENDPOINTS[exporter];
  if (url.pathname === "/") url.pathname = PATHS[exporter];
  return url.href;
}
