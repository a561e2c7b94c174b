/** The parts of the library that write. Named here since a bundle's own copy of a CommonJS package has no names to an `import()`. */
export { stringify } from "yaml";
