export { type GenerationSummary, RELOAD_STEPS, type ReloadReport, type ReloadStep } from "./report.ts";
