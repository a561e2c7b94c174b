export type { DataFolderReport } from "./data-folder.ts";
export type { PluginExamination } from "./examine-plugin.ts";
export { type DoctorReport, examine, type ExamineOptions, type TierExamination } from "./examine.ts";
export { machineRunners } from "./machine-runners.ts";
