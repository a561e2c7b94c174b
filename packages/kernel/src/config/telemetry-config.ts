import * as z from "zod";

/**
 * What a host tells of itself: spans for OpenTelemetry. `berth.yaml` has it as `telemetry`, `sources.yaml` the part about spans as
 * `tracing`. Values that are left out come from the `OTEL_*` variables of the environment, then from the defaults; so the schema fills in
 * nothing but `enabled`.
 */

/** Where spans go. */
export const TRACE_EXPORTERS = ["console", "otlp", "zipkin", "jaeger"] as const;

const url = z
  .string()
  .max(2_000)
  .refine(isHttpUrl, "must be an address such as http://localhost:4318, without a password: headers may carry one");

/** What is said of spans, in either file. */
export const tracesSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .meta({ description: "Whether spans are made; without the block there are none" }),
    exporter: z.enum(TRACE_EXPORTERS).optional().meta({
      description: "Where they go: lines on standard error, OTLP over HTTP, Zipkin, or Jaeger, which takes OTLP",
    }),
    endpoint: url.optional().meta({
      description:
        "Where the collector listens; default http://localhost:4318/v1/traces, for Zipkin http://localhost:9411/api/v2/spans",
    }),
    jaeger_endpoint: url.optional().meta({
      description:
        "The older name of endpoint for Jaeger; an address of its old collector stands for OTLP on that machine",
    }),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/, "must be the name of a header"), z.string().max(8_000))
      .optional()
      .meta({ description: "Headers to send along, as references: authorization: Bearer ${TOKEN}", secret: true }),
    sample_ratio: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .meta({ description: "Which share of traces is kept, 0 to 1; a trace is kept whole or not at all. Default 1" }),
    timeout_seconds: z
      .int()
      .min(1)
      .max(60)
      .optional()
      .meta({ description: "How long the collector may take for one batch; default 10" }),
  })
  .meta({ description: "Spans of runs, calls, requests and pictures" });

/** The section of `berth.yaml`. */
export const telemetrySchema = z
  .strictObject({
    service_name: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: "Under which name spans are found; default berth" }),
    resource: z
      .record(z.string().min(1).max(200), z.string().max(1_000))
      .refine((attributes) => Object.keys(attributes).length <= 64, "must have at most 64 attributes")
      .optional()
      .meta({ description: "What else is said of this host, such as deployment.environment.name: production" }),
    traces: tracesSchema.optional(),
  })
  .meta({
    description:
      "What the host tells of itself to OpenTelemetry; nothing unless it is said here or by OTEL_* variables",
  });

/** Checked, with nothing filled in. */
export type TracesConfig = z.output<typeof tracesSchema>;

/** Checked, with nothing filled in. */
export type TelemetryConfig = z.output<typeof telemetrySchema>;

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "http:" || url.protocol === "https:";
}
