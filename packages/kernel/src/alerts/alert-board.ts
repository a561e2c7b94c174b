import { ALERT_METRICS, type AlertMetric, type AlertRule, type AlertSeverity } from "./alert-rule.ts";
import { AlertWatch } from "./alert-watch.ts";

/** Figures of one plugin, or of the host; what is missing or `null` is not known. */
export type AlertFigures = Readonly<Partial<Record<AlertMetric, number | null>>>;

/** What is looked at, all at one moment. */
export interface AlertLook {
  /** Milliseconds, on a clock that never goes back. */
  at: number;
  host: AlertFigures;
  plugins: readonly { plugin: string; figures: AlertFigures; callsLately: number | null; restarts: number }[];
}

/** A figure that is a problem. */
export interface Alert {
  rule: string;
  severity: AlertSeverity;
  /** Absent: of the host. */
  plugin?: string;
  metric: AlertMetric;
  /** As it was last seen; `null` when it is not known any more. */
  value: number | null;
  above: number;
  /** On the clock of the looks. */
  since: number;
  /** For people. */
  message: string;
}

/** What changed by one look. */
export interface AlertChanges {
  raised: readonly Alert[];
  cleared: readonly Alert[];
}

/** More than so many restarts are not counted apart. */
const MOST_RESTARTS = 100;
/** Figures that say little of few calls. */
const OF_CALLS: ReadonlySet<AlertMetric> = new Set(["error_percent", "p50_ms", "p95_ms", "p99_ms"]);

interface Watched {
  watch: AlertWatch;
  alert?: Alert;
}

/** Holds figures against rules, look by look, and knows which alerts there are. It keeps nothing of what is well. */
export class AlertBoard {
  readonly #rules: readonly (AlertRule & { isMeant: (plugin: string) => boolean })[];
  readonly #watched = new Map<string, Watched>();
  readonly #restarts = new Map<string, { seen: number; at: number[] }>();

  constructor(rules: readonly AlertRule[]) {
    this.#rules = rules.map((rule) => ({ ...rule, isMeant: matcherOf(rule.plugins) }));
  }

  /** The alerts there are, in the order they were raised. */
  get active(): readonly Alert[] {
    return [...this.#watched.values()].flatMap(({ alert }) => alert ?? []).sort((a, b) => a.since - b.since);
  }

  look(look: AlertLook): AlertChanges {
    const raised: Alert[] = [];
    const cleared: Alert[] = [];
    const hear = (rule: AlertRule, value: number | null, plugin?: string): void =>
      this.#judge({ rule, value, at: look.at, plugin }, raised, cleared);
    for (const each of look.plugins) this.#countRestarts(each.plugin, each.restarts, look.at);
    for (const rule of this.#rules) {
      if (rule.metric.startsWith("host_")) {
        hear(rule, look.host[rule.metric] ?? null);
        continue;
      }
      for (const each of look.plugins) {
        if (rule.isMeant(each.plugin)) hear(rule, this.#figureOf(rule, each, look.at), each.plugin);
      }
    }
    return { raised, cleared };
  }

  #figureOf(
    rule: AlertRule,
    { plugin, figures, callsLately }: AlertLook["plugins"][number],
    at: number,
  ): number | null {
    const { metric, withinMs, minCalls } = rule;
    if (metric === "restarts") return this.#restarts.get(plugin)!.at.filter((each) => at - each < withinMs).length;
    if (OF_CALLS.has(metric) && (callsLately ?? 0) < minCalls) return null;
    return figures[metric] ?? null;
  }

  #countRestarts(plugin: string, restarts: number, at: number): void {
    const known = this.#restarts.get(plugin);
    const more = Math.min(restarts - (known?.seen ?? restarts), MOST_RESTARTS);
    const times = [...(known?.at ?? []), ...Array.from({ length: Math.max(0, more) }, () => at)];
    this.#restarts.set(plugin, { seen: restarts, at: times.slice(-MOST_RESTARTS) });
  }

  #judge(
    { rule, value, at, plugin }: { rule: AlertRule; value: number | null; at: number; plugin: string | undefined },
    raised: Alert[],
    cleared: Alert[],
  ): void {
    const key = `${rule.name}/${plugin ?? ""}`;
    const watched = this.#watched.get(key) ?? { watch: new AlertWatch(rule) };
    const change = watched.watch.add(value, at);
    if (change === "raised") {
      watched.alert = alertOf(rule, value, at, plugin);
      raised.push(watched.alert);
    } else if (watched.alert) {
      watched.alert = { ...alertOf(rule, value, watched.alert.since, plugin) };
    }
    if (change === "cleared" && watched.alert) {
      cleared.push(watched.alert);
      delete watched.alert;
    }
    if (watched.watch.isIdle) this.#watched.delete(key);
    else this.#watched.set(key, watched);
  }
}

function alertOf(rule: AlertRule, value: number | null, since: number, plugin: string | undefined): Alert {
  const { name, severity, metric, above } = rule;
  const about = { rule: name, severity, metric, value, above, since, message: messageOf(rule, value, plugin) };
  return plugin === undefined ? about : { ...about, plugin };
}

function messageOf({ metric, above, name }: AlertRule, value: number | null, plugin: string | undefined): string {
  const whose = plugin === undefined ? "" : `plugin "${plugin}": `;
  const { words, unit } = ALERT_METRICS[metric];
  if (metric === "health") {
    const health = value === 2 ? "unhealthy" : value === 1 ? "degraded" : "healthy";
    return `${whose}it is ${health} (${name})`;
  }
  const figure = value === null ? "not known any more" : `${round(value)}${unit}`;
  return `${whose}${words} is ${figure}, where ${round(above)}${unit} is the most (${name})`;
}

/** A rate of one call in a minute is not none. */
function round(figure: number): number {
  return Math.abs(figure) < 1 ? Number(figure.toPrecision(2)) : Math.round(figure * 10) / 10;
}

/** `*` stands for anything, the rest for itself. */
function matcherOf(patterns: readonly string[]): (plugin: string) => boolean {
  if (patterns.includes("*")) return () => true;
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .replace(/\*+/g, "*")
          .split("*")
          .map((part) => RegExp.escape(part))
          .join(".*")}$`,
      ),
  );
  return (plugin) => expressions.some((expression) => expression.test(plugin));
}
