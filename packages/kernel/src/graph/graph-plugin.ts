import type { Manifest } from "@berth/contract";
import type { GraphFix } from "./graph-problem.ts";

/** One version of a plugin, as the graph sees it. */
export interface GraphPlugin {
  readonly name: string;
  readonly version: string;
  /** Versions of a lower layer count before all others of that name: the order of the roots they were found in. */
  readonly layer: number;
  readonly dependencies: Manifest["dependencies"];
  /** The services it provides. */
  readonly services: readonly string[];
}

/** A plugin that nobody can be bound to, for a reason that is none of the graph's. */
export interface UnusablePlugin {
  /** The end of a sentence that begins with its name: `is disabled`. */
  why: string;
  fix: GraphFix;
}

/** What is to be solved. */
export interface GraphInput {
  /** Every version that was found; of one name and version only one. */
  readonly plugins: readonly GraphPlugin[];
  /** Names of the plugins that are to be there, the most important first: of two that exclude each other the first stays. */
  readonly wanted: readonly string[];
  /** Plugins that are there and must be left aside, by name; those that are in `plugins` too have another version. */
  readonly unusable?: ReadonlyMap<string, UnusablePlugin>;
  /** Versions of Berth and Node.js. */
  readonly host: string;
  readonly node: string;
  /** Services the host itself provides. */
  readonly hostServices: Iterable<string>;
  /** Whether a program is on the machine. Asked once for each. */
  hasProgram(name: string): boolean;
}

/** A plugin of the graph at a version, to be shown. */
export function nameOf({ name, version }: GraphPlugin): string {
  return `${name} ${version}`;
}
