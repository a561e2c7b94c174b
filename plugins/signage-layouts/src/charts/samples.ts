import type { Series } from "@berth/sdk";

/** A value on its way into a chart; `position` is where it stands in the full series. */
export interface Sample {
  at: string;
  value: number | null;
  position: number;
}

/** More points than pixels would only cost time. */
const MOST_SAMPLES = 400;

/** The points of a series, thinned out to what a chart can show: of each stretch its lowest and highest, so that peaks stay. */
export function samplesOf(series: Series): Sample[] {
  const all = series.points.map(({ at, value }, position) => ({
    at,
    value: value !== null && Number.isFinite(value) ? value : null,
    position,
  }));
  if (all.length <= MOST_SAMPLES) return all;
  const perStretch = Math.ceil((all.length * 2) / MOST_SAMPLES);
  const kept: Sample[] = [];
  for (let start = 0; start < all.length; start += perStretch) kept.push(...ends(all.slice(start, start + perStretch)));
  return kept;
}

function ends(stretch: readonly Sample[]): Sample[] {
  const known = stretch.filter(({ value }) => value !== null);
  if (known.length === 0) return [stretch[0]!];
  const lowest = known.reduce((best, sample) => (sample.value! < best.value! ? sample : best));
  const highest = known.reduce((best, sample) => (sample.value! > best.value! ? sample : best));
  if (lowest === highest) return [lowest];
  return lowest.position < highest.position ? [lowest, highest] : [highest, lowest];
}
