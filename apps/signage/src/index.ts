export {
  checkSources,
  type LoadedSources,
  loadSources,
  missingSentence,
  type SignageConfig,
  type SourceConfig,
} from "./config/index.ts";
export { drawOnce, type DrawOnceOptions } from "./draw-once.ts";
export { schedulePeriod } from "./runs/schedule-period.ts";
export { migrate, starterSources, writeConfig } from "./migrate/index.ts";
export { checkSourceConfigs, selectSources } from "./open-sources.ts";
export { openSignage, type PlannedSource, type Signage, type SignageOptions, type StopRequest } from "./signage.ts";
export type { SignageEvent, SourceStatus } from "./signage-events.ts";
export type { SourceRun } from "./runs/source-run.ts";
