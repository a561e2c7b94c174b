import { readFileSync } from "node:fs";
import { join } from "node:path";
import { collectMetrics } from "@berth/host/metrics";
import { telemetrySchema, TRACE_EXPORTERS, tracesSchema } from "@berth/kernel/config/telemetry";
import { createTestHost } from "@berth/testing";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const guide = read("docs/guide/telemetry.md");

/** `berth_plugin_calls_total` stands in the page as a whole, or as `_calls_total` beside its family. */
const isNamed = (metric: string): boolean =>
  guide.includes(metric) ||
  [...metric.matchAll(/_/g)].some(({ index }) => {
    const [head, tail] = [metric.slice(0, index), metric.slice(index)];
    return guide.includes(`\`${tail}`) && guide.includes(`\`${head}_`);
  }) ||
  /^(?:process|nodejs)_/.test(metric) ||
  metric.startsWith("berth_trace_spans_") ||
  metric.startsWith("berth_job_last_run_");

test("docs/guide/telemetry.md names every key, exporter and variable that is read [SIG-125]", () => {
  const keys = [...Object.keys(tracesSchema.shape), ...Object.keys(telemetrySchema.shape)];
  expect(keys.filter((key) => !guide.includes(key))).toEqual([]);
  expect(TRACE_EXPORTERS.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
  const variables = new Set(read("packages/telemetry/src/traces/otel-variables.ts").match(/OTEL_[A-Z_]+[A-Z]/g));
  // Written once for two that differ in a part of the name.
  const short = (name: string): string =>
    name.replace(/^OTEL_EXPORTER_OTLP_TRACES_/, "…_TRACES_").replace(/.*_ARG$/, "…_ARG");
  expect([...variables].filter((name) => !guide.includes(name) && !guide.includes(short(name)))).toEqual([]);
});

test("docs/guide/telemetry.md tells how to look at traces in Jaeger, and what they say of slow runs [SIG-126, SIG-127, SIG-128]", () => {
  const page = guide.slice(guide.indexOf("### Reading traces in Jaeger"));
  for (const part of [
    "http://localhost:16686",
    "execute source/weather",
    "`render` is wide",
    "sort traces by duration",
  ]) {
    expect(page).toContain(part);
  }
  for (const span of ["execute source/", "fetch source/", "`GET`", "`render`", "`reload NAME`"])
    expect(guide).toContain(span);
});

test("docs/guide/telemetry.md names every metric that a host tells", async () => {
  await using host = await createTestHost({});
  host.usage.begin();
  const names = (await collectMetrics(host)).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !isNamed(name))).toEqual([]);
});
