import { metricsFormat, type RenderedMetrics, renderMetrics } from "@berth/telemetry/metrics";
import { collectMetrics, type MeasuredHost } from "./collect-metrics.ts";

/** What a scraper gets of a host, in the form that its `Accept` header asks for. */
export async function renderHostMetrics(host: MeasuredHost, accept?: string): Promise<RenderedMetrics> {
  return renderMetrics(await collectMetrics(host), metricsFormat(accept), (text) => host.masker.mask(text));
}

export { collectMetrics, type MeasuredHost } from "./collect-metrics.ts";
