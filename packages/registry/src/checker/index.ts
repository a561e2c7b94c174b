export { type ForeseenCheck, holdsFor } from "./foreseen-check.ts";
export { ModuleChecker } from "./module-checker.ts";
