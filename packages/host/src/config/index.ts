export { findShapes, shapesOf } from "./find-shapes.ts";
