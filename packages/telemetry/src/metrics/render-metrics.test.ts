import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { MetricFamily } from "./metric-family.ts";
import { renderMetrics } from "./render-metrics.ts";

const gauge = (name: string, samples: [Record<string, string>, number][]): MetricFamily => ({
  name,
  help: "What it is.",
  type: "gauge",
  samples: samples.map(([labels, value]) => ({ labels, value })),
});

test("renderMetrics adds up what looks the same once secrets and control characters are out of it", () => {
  const family = gauge("berth_x", [
    [{ who: "hunter2" }, 1],
    [{ who: "hunter3" }, 2],
    [{ who: "\u001b" }, 4],
    [{ who: "\\u001b" }, 8],
    [{ who: "other" }, 16],
  ]);
  const { body } = renderMetrics([family], "prometheus", (text) => text.replace(/hunter\d/, "***"));
  expect(body.split("\n").slice(2, -1)).toEqual([
    'berth_x{who="***"} 3',
    'berth_x{who="\\\\u001b"} 12',
    'berth_x{who="other"} 16',
  ]);
});

test("renderMetrics writes a name once, and leaves out who comes second under another type", () => {
  const counter: MetricFamily = {
    name: "berth_x",
    help: "Other.",
    type: "counter",
    samples: [{ labels: {}, value: 9 }],
  };
  const { body } = renderMetrics([gauge("berth_x", [[{ a: "1" }, 1]]), counter, gauge("berth_x", [[{ a: "2" }, 2]])]);
  expect(body).toBe('# HELP berth_x What it is.\n# TYPE berth_x gauge\nberth_x{a="1"} 1\nberth_x{a="2"} 2\n');
});

test("renderMetrics writes one line for each series, whatever labels hold, and none twice", () => {
  const labels = fc.record({ plugin: fc.constantFrom("a", "b"), text: fc.string({ unit: "binary", maxLength: 300 }) });
  fc.assert(
    fc.property(fc.array(fc.tuple(labels, fc.integer()), { maxLength: 30 }), (samples) => {
      const { body } = renderMetrics([gauge("berth_x", samples)]);
      const lines = body.split("\n").slice(2, -1);
      for (const line of lines) expect(line).toMatch(/^berth_x\{plugin="[ab]",text="(?:[^"\\]|\\["\\])*"\} -?\d+$/);
      const keys = lines.map((line) => line.slice(0, line.lastIndexOf(" ")));
      expect(new Set(keys).size).toBe(keys.length);
      const sum = lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" "))), 0);
      expect(sum).toBe(samples.reduce((total, [, value]) => total + value, 0));
    }),
  );
});
