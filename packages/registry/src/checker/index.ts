export type { ForeseenModule } from "./foreseen-modules.ts";
export { ModuleChecker } from "./module-checker.ts";
