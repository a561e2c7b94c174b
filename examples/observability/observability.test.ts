import { readFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { collectMetrics } from "@berth/host/metrics";
import { readDocument } from "@berth/kernel/config";
import { createTestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; refId: string }[];
}

interface Dashboard {
  uid: string;
  panels: Panel[];
  templating: { list: { name: string; query: unknown }[] };
}

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

const file = (name: string): string => join(import.meta.dirname, name);
const read = (name: string): Promise<string> => readFile(file(name), "utf8");
const dashboard = async (): Promise<Dashboard> => JSON.parse(await read("grafana-dashboard.json")) as Dashboard;
const rules = async (): Promise<Rule[]> => {
  const { groups } = (await yaml("alert-rules.yaml")) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
};

async function yaml(name: string): Promise<object> {
  const { value, problems } = await readDocument({ file: name, text: await read(name) });
  expect(problems).toEqual([]);
  return value as object;
}

/** Those that Prometheus makes itself. */
const PROMETHEUS_OWN = new Set(["up"]);
/** What of an expression is no metric. */
const METRIC = /\b(?:berth|process|nodejs|up)(?:_[a-z0-9_]+)?(?=[{[\s)]|$)/g;

/** By name, with the series that a histogram has; to each the names of its labels. */
async function toldNames(): Promise<Set<string>> {
  const traces = { enabled: true, exporter: "console" as const };
  await using host = await createTestHost({ config: { telemetry: { traces } } });
  host.usage.begin();
  const families = await collectMetrics(host);
  return new Set(
    families.flatMap(({ name, type }) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

function promtool(...args: string[]): void {
  const { error, status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8", cwd: import.meta.dirname });
  if (error) {
    console.log(`Not asked: promtool ${args.join(" ")} (it is not installed; Debian has it in the package prometheus)`);
    return;
  }
  expect(`${status === 0 ? "" : stdout}${stderr}`).toBe("");
}

describe("examples/observability", () => {
  test("uses no metric that a host does not tell [RPT-158, RPT-159]", async () => {
    const told = await toldNames();
    const { panels, templating } = await dashboard();
    const expressions = [
      ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
      ...templating.list.map(({ query }) => JSON.stringify(query).replaceAll(/[("]/g, " ").replaceAll(",", " ")),
      ...(await rules()).map(({ expr }) => expr),
    ];
    const used = new Set(expressions.flatMap((expression) => expression.match(METRIC) ?? []));
    expect(used.size).toBeGreaterThan(30);
    expect([...used].filter((name) => !told.has(name) && !PROMETHEUS_OWN.has(name))).toEqual([]);
  });

  test("has a dashboard whose panels each ask for something and lie beside one another [RPT-158]", async () => {
    const { panels, uid } = await dashboard();
    expect(uid).toBe("berth");
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const asking = panels.filter(({ type }) => type !== "row");
    expect(asking.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
    for (const [at, one] of panels.entries()) {
      for (const other of panels.slice(at + 1)) expect([one.title, other.title, overlap(one, other)]).toContain(false);
    }
  });

  test("has alerts that say what is wrong and what to do [RPT-159]", async () => {
    for (const { alert, labels, annotations } of await rules()) {
      expect(alert).toMatch(/^Berth[A-Z]/);
      expect(["critical", "warning", "info"]).toContain(labels.severity);
      expect(annotations.summary.length > 10 && annotations.description.endsWith(".")).toBe(true);
    }
    promtool("check", "rules", "alert-rules.yaml");
    promtool("test", "rules", "alert-rules.test.yaml");
    promtool("check", "config", "--syntax-only", "prometheus.yml");
  });

  test.each(["prometheus.yml", "alertmanager.yml", "otel-collector.yaml"])("has YAML in %s", async (name) => {
    expect(Object.keys(await yaml(name)).length).toBeGreaterThan(1);
  });
});

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
