export { migrate, type MigrateOptions, type Migration } from "./migrate.ts";
export { starterSources } from "./starter-sources.ts";
export { writeConfig, type WriteOptions } from "./write-config.ts";
