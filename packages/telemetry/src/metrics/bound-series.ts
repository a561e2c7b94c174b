import type { HistogramSample, MetricFamily, MetricLabels, MetricSample } from "./metric-family.ts";

/** More than any plugin has reason for; a monitoring system pays for each one of them. */
export const MOST_SERIES = 1_000;

/** The label by which series are counted. */
const OWNER = "plugin";

/**
 * At most {@link MOST_SERIES} series for each plugin, over all families: those that come first are kept as they are, the others of a family
 * are one series more, marked `overflow="true"`, which holds their sum. Series of no plugin count together.
 */
export function boundSeries(families: readonly MetricFamily[], most = MOST_SERIES): MetricFamily[] {
  const left = new Map<string, number>();
  return families.map((family): MetricFamily => {
    if (family.type === "histogram") {
      const width = family.bounds.length + 3;
      return { ...family, samples: bound(family.samples, left, width, most, addHistograms) };
    }
    return { ...family, samples: bound(family.samples, left, 1, most, addSamples) };
  });
}

/** Readings whose labels are the same are one: a name and its labels may stand in the text once. */
export function joinSame(family: MetricFamily): MetricFamily {
  if (family.type === "histogram") return { ...family, samples: joined(family.samples, addHistograms) };
  return { ...family, samples: joined(family.samples, addSamples) };
}

function joined<S extends { labels: MetricLabels }>(
  samples: readonly S[],
  add: (sum: S | undefined, next: S, labels: MetricLabels) => S,
): S[] {
  const byLabels = new Map<string, S>();
  for (const sample of samples) {
    const key = JSON.stringify(Object.entries(sample.labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = byLabels.get(key);
    byLabels.set(key, known === undefined ? sample : add(known, sample, sample.labels));
  }
  return [...byLabels.values()];
}

function bound<S extends { labels: MetricLabels }>(
  samples: readonly S[],
  left: Map<string, number>,
  width: number,
  most: number,
  add: (sum: S | undefined, next: S, labels: MetricLabels) => S,
): S[] {
  const kept: S[] = [];
  const overflows = new Map<string, S>();
  for (const sample of samples) {
    const owner = sample.labels[OWNER] ?? "";
    const room = left.get(owner) ?? most;
    if (room >= width) {
      left.set(owner, room - width);
      kept.push(sample);
      continue;
    }
    const labels = { ...(owner === "" ? {} : { [OWNER]: owner }), overflow: "true" };
    overflows.set(owner, add(overflows.get(owner), sample, labels));
  }
  return [...kept, ...overflows.values()];
}

function addSamples(sum: MetricSample | undefined, { value }: MetricSample, labels: MetricLabels): MetricSample {
  return { labels, value: (sum?.value ?? 0) + value };
}

function addHistograms(sum: HistogramSample | undefined, next: HistogramSample, labels: MetricLabels): HistogramSample {
  return {
    labels,
    counts: next.counts.map((count, at) => count + (sum?.counts[at] ?? 0)),
    count: next.count + (sum?.count ?? 0),
    sum: next.sum + (sum?.sum ?? 0),
  };
}
