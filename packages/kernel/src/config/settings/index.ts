export { checkHostDocument, type ComposedConfig, placesIn, versionOf } from "./check-host-document.ts";
export { compareConfigs, type ConfigDifference } from "./compare-configs.ts";
export { composeHostSchema } from "./compose-schema.ts";
export { editYamlSettings, type SettingsEdit } from "./edit-yaml-settings.ts";
export { maskedDifferences, type MaskedDifference } from "./masked-differences.ts";
export { effectiveConfig, type EffectiveValue, shownTree, type ValueOrigin } from "./effective-config.ts";
export { type CheckedSettings, checkSettings, settingsFor, versionMismatch } from "./plugin-settings.ts";
export { type PluginTemplate, pluginTemplate, templateFile } from "./plugin-template.ts";
export { type TemplateLanguage, TOML_TEMPLATE, YAML_TEMPLATE } from "./template-language.ts";
