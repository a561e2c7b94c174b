import { HostError } from "@berth/contract";
import { type GraphInput, type GraphProblem, type GraphSolution, solveGraph } from "@berth/kernel/graph";
import { HOST_VERSION } from "../version.ts";
import { hasProgram } from "./has-program.ts";
import type { HostGraphPlugin } from "./host-graph-plugin.ts";

/** What differs from one question to the next. */
export interface HostGraphQuestion extends Pick<GraphInput, "wanted" | "unusable" | "hostServices"> {
  plugins: readonly HostGraphPlugin[];
}

/** Solves the graph of a host on this machine. Whoever imports this loads semver. */
export function solveHostGraph(question: HostGraphQuestion): GraphSolution<HostGraphPlugin> {
  return solveGraph({ ...question, host: HOST_VERSION, node: process.versions.node, hasProgram });
}

/** A problem with what would help, as the trouble of a plugin. */
export function graphError({ code, message, plugin, chains, members, fix }: GraphProblem): HostError {
  const details = { plugin, chains: chains.map((chain) => [...chain]), fix: { ...fix } };
  return new HostError(code, `${message}. ${fix.text}`, {
    details: members === undefined ? details : { ...details, members: [...members] },
  });
}
