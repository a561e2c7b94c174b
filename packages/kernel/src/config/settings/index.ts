export { type CheckedSettings, checkSettings, settingsFor, versionMismatch } from "./plugin-settings.ts";
