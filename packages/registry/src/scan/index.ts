export {
  beginModuleCheck,
  type BegunModuleCheck,
  checkModules,
  type ModuleCheck,
  type ModuleCheckOptions,
  type ModuleProblem,
} from "./check-modules.ts";
export type { Finding } from "./finding.ts";
export { type PatternName, PATTERNS, type Weight } from "./patterns.ts";
export { KnownModules } from "./known-modules.ts";
export { scanFolder, type ScanLimits, type ScanReport } from "./scan-folder.ts";
export { scanModule } from "./scan-module.ts";
