export type { GraphInput, GraphPlugin } from "./graph-plugin.ts";
export type { GraphFix, GraphProblem } from "./graph-problem.ts";
export { type BoundPlugin, type GraphSolution, solveGraph } from "./solve-graph.ts";
