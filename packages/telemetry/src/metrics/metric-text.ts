import { neutraliseLine } from "@berth/base";
import type { MetricLabels } from "./metric-family.ts";

/** Longer ones are cut: a label is for telling series apart. */
const LONGEST_LABEL = 200;

/** Labels as they may be shown. Several may become the same by that. */
export function shownLabels(labels: MetricLabels, mask: Mask): MetricLabels {
  return Object.fromEntries(
    // Masked first: what is cut or made visible no longer looks like a secret.
    Object.entries(labels).map(([name, value]) => [name, neutraliseLine(mask(value), LONGEST_LABEL)]),
  );
}

/** Takes secrets out of a text. */
export type Mask = (text: string) => string;

/** `{a="1",b="2"}`, or nothing. Label texts may come from plugins: control characters are made visible, quotes escaped. */
export function labelText(labels: MetricLabels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

/** A help line. */
export function helpText(help: string): string {
  return neutraliseLine(help, 500).replaceAll("\\", "\\\\");
}

/** As both formats write numbers. */
export function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}
