export { ConfigSections, type SectionFault } from "./config-sections.ts";
export { findShapes, shapesOf } from "./find-shapes.ts";
