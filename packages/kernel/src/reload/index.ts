export type { Change, Running, SwapPart } from "./change.ts";
export { Probation, PROBATION_RULES, type ProbationOptions, type ProbationRules } from "./probation.ts";
export { type GenerationSummary, RELOAD_STEPS, type ReloadReport, type ReloadStep } from "./report.ts";
export { ReloadFailure, ReloadSteps } from "./steps.ts";
export { type Swap, swapGenerations, type SwapOptions } from "./swap.ts";
