export type { GraphInput, GraphPlugin, UnusablePlugin } from "./graph-plugin.ts";
export type { GraphFix, GraphProblem } from "./graph-problem.ts";
export { type BoundPlugin, type GraphSolution, solveGraph } from "./solve-graph.ts";
