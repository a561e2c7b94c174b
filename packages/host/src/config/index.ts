export type { SectionFault } from "./config-sections.ts";
export { findShapes, shapesOf } from "./find-shapes.ts";
export { migrateSettings, type SettingsToMigrate } from "./migrate-settings.ts";
export type { ConfigChangeReport } from "./config-changes.ts";
export { watchConfig, type WatchConfigOptions } from "./watch-config.ts";
