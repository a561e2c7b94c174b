export { buildComponent, type BuiltComponent, type ComponentSource } from "./build-component.ts";
