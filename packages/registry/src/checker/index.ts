export { ModuleChecker } from "./module-checker.ts";
