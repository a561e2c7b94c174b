export { type Checked, checkDocument } from "./check-document.ts";
export { ConfigDocument, type Part, type Reference } from "./config-document.ts";
export { configError, formatReport } from "./config-error.ts";
export { CONFIG_LIMITS } from "./config-limits.ts";
export { type ConfigPath, formatPath } from "./config-path.ts";
export { type EditorSchema, toEditorSchema } from "./editor-schema.ts";
export { expandDocument, type ExpandOptions } from "./expand-document.ts";
export { type Environment, escapeReferences, type ExpandedText, expandText } from "./expand-text.ts";
export { formatYaml } from "./format-yaml.ts";
export type { HostConfig } from "./host-config.ts";
export { defaultHostConfig } from "./default-host-config.ts";
export { formatListenAddress, type ListenAddress, parseListenAddress } from "./listen-address.ts";
export {
  type ConfiguredPlaces,
  findHostConfig,
  type HostConfigOptions,
  type LoadedHostConfig,
  loadHostConfig,
} from "./load-host-config.ts";
export {
  type ConfigChangePlan,
  type HeldConfig,
  planConfigChange,
  type PluginAspect,
  type PluginChange,
} from "./plan-config-change.ts";
export { readConfig, type ReadConfig } from "./read-config.ts";
export { type ConfigInput, overlayPath, readDocument, type ReadOptions } from "./read-document.ts";
export { renameKeys } from "./rename-keys.ts";
export { retypeReferences } from "./retype-references.ts";
export { placeSectionIssues, retypeSection } from "./section-issues.ts";
export { type PluginShape, pluginShape } from "./settings/plugin-shape.ts";
export { sortProblems } from "./sort-problems.ts";
export type { Place } from "./source-file.ts";
