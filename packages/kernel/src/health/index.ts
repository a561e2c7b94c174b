export { type CheckAnswer, HealthRecord, type HealthSignal } from "./health-record.ts";
export { type HealthResult, type HealthSelection, isNamed, selectResults } from "./health-result.ts";
export { overallHealth } from "./overall-health.ts";
