export type { SectionFault } from "./config-sections.ts";
export { findShapes, shapesOf } from "./find-shapes.ts";
export { migrateSettings, type SettingsToMigrate } from "./migrate-settings.ts";
