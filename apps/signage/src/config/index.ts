export type { Knowledge } from "./cross-checks.ts";
export type { SchedulePeriod } from "./doubts.ts";
export {
  checkSources,
  type LoadedSources,
  loadSources,
  type LoadOptions,
  missingSentence,
  type SourcesCheck,
} from "./load-sources.ts";
export type { OutputProfile, SignageConfig, SourceConfig } from "./signage-config.ts";
