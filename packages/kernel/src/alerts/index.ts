export { type Alert, AlertBoard, type AlertChanges, type AlertFigures, type AlertLook } from "./alert-board.ts";
export { type AlertMetric, type AlertRule, type AlertSeverity, HEALTH_FIGURES } from "./alert-rule.ts";
export { alertRulesOf } from "./alert-rules.ts";
export { DEFAULT_ALERT_RULES } from "./default-rules.ts";
