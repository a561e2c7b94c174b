export type { GraphInput, GraphPlugin, UnusablePlugin } from "./graph-plugin.ts";
export type { GraphFix, GraphProblem } from "./graph-problem.ts";
export { VersionReader } from "./version-reader.ts";
export { type BoundPlugin, type GraphSolution, solveGraph } from "./solve-graph.ts";
