import type { HostConfig } from "../config/host-config.ts";
import { type AlertRule, HEALTH_FIGURES } from "./alert-rule.ts";
import { DEFAULT_ALERT_RULES } from "./default-rules.ts";

/** How far below the bound a figure must fall where the rule does not say it: around the bound itself it would come and go. */
const CLEAR_SHARE = 0.9;

/** The rules that `alerts` of `berth.yaml` means, the usual ones first. */
export function alertRulesOf(alerts: HostConfig["alerts"]): AlertRule[] {
  const own = Object.entries(alerts?.rules ?? {}).map(([name, rule]): AlertRule => {
    const above = rule.is === undefined ? rule.above! : HEALTH_FIGURES[rule.is] - 1;
    const clearAt = rule.clear_below ?? (rule.is === undefined ? above * CLEAR_SHARE : above);
    const { metric, severity, plugins } = rule;
    const times = { forMs: rule.for_ms, withinMs: rule.within_ms, minCalls: rule.min_calls };
    return { name, metric, above, clearAt, severity, plugins, ...times };
  });
  const usual = alerts?.defaults === false ? [] : DEFAULT_ALERT_RULES;
  return [...usual.filter(({ name }) => !own.some((rule) => rule.name === name)), ...own];
}
