export { endChildren } from "./end-children.ts";
export { endProcess } from "./end-process.ts";
