export type { HostImports, HostInterface } from "./evaluate.ts";
export type { ComponentFunction } from "./functions.ts";
export { compileComponent, type LinkedComponent, linkComponent } from "./link-component.ts";
export { readComponent } from "./read-component.ts";
