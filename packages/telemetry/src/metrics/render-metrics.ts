import { boundSeries, joinSame } from "./bound-series.ts";
import type { MetricFamily, MetricLabels } from "./metric-family.ts";
import { helpText, labelText, type Mask, numberText, shownLabels } from "./metric-text.ts";

/** How metrics are written. */
export type MetricsFormat = "prometheus" | "openmetrics";

/** Metrics as a scraper gets them. */
export interface RenderedMetrics {
  type: string;
  body: string;
}

const TYPES: Readonly<Record<MetricsFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

const COUNTER_END = "_total";

/** The format that a scraper asks for by its `Accept` header. */
export function metricsFormat(accept: string | undefined): MetricsFormat {
  return accept?.includes("application/openmetrics-text") === true ? "openmetrics" : "prometheus";
}

/** Families as text, within the bounds of `boundSeries`. A family without readings is left out. */
export function renderMetrics(
  families: readonly MetricFamily[],
  format: MetricsFormat = "prometheus",
  mask: Mask = (text) => text,
): RenderedMetrics {
  const shown = merged(families).map((family) => joinSame(withShownLabels(family, mask)));
  const texts = boundSeries(shown).map((family) => (family.samples.length === 0 ? "" : familyText(family, format)));
  return { type: TYPES[format], body: `${texts.join("")}${format === "openmetrics" ? "# EOF\n" : ""}` };
}

function withShownLabels(family: MetricFamily, mask: Mask): MetricFamily {
  const help = mask(family.help);
  if (family.type === "histogram") return { ...family, help, samples: family.samples.map(show) };
  return { ...family, help, samples: family.samples.map(show) };
  function show<S extends { labels: MetricLabels }>(sample: S): S {
    return { ...sample, labels: shownLabels(sample.labels, mask) };
  }
}

/** A name may stand in the text once; whoever comes second under another type is left out. */
function merged(families: readonly MetricFamily[]): MetricFamily[] {
  const byName = new Map<string, MetricFamily>();
  for (const family of families) {
    const known = byName.get(family.name);
    if (known === undefined) byName.set(family.name, family);
    else if (known.type === family.type) {
      byName.set(family.name, { ...known, samples: [...known.samples, ...family.samples] } as MetricFamily);
    }
  }
  return [...byName.values()];
}

function familyText(family: MetricFamily, format: MetricsFormat): string {
  const { name, help, type } = family;
  // There the family of a counter is named without the ending that its series have.
  const familyName = format === "openmetrics" && type === "counter" ? name.slice(0, -COUNTER_END.length) : name;
  const head = `# HELP ${familyName} ${helpText(help)}\n# TYPE ${familyName} ${type}\n`;
  if (family.type !== "histogram") {
    return head + family.samples.map(({ labels, value }) => line(name, labelText(labels), value)).join("");
  }
  return head + family.samples.map((sample) => histogramText(name, family.bounds, sample)).join("");
}

type Histogram = Extract<MetricFamily, { type: "histogram" }>;

function histogramText(
  name: string,
  bounds: readonly number[],
  { labels, counts, count, sum }: Histogram["samples"][number],
): string {
  const bucket = (le: number, value: number): string =>
    line(`${name}_bucket`, labelText({ ...labels, le: leText(le) }), value);
  const own = labelText(labels);
  return [
    ...bounds.map((bound, at) => bucket(bound, counts[at] ?? 0)),
    bucket(Infinity, count),
    line(`${name}_sum`, own, sum),
    line(`${name}_count`, own, count),
  ].join("");
}

/** OpenMetrics wants a point in every bound, and Prometheus takes it. */
function leText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : numberText(bound);
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels} ${numberText(value)}\n`;
}
