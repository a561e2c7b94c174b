import type { Manifest } from "@berth/contract";

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

/** What is to be solved. */
export interface GraphInput {
  /** Every version that was found; of one name and version only one. */
  readonly plugins: readonly GraphPlugin[];
  /** Names of the plugins that are to be there, the most important first: of two that exclude each other the first stays. */
  readonly wanted: readonly string[];
  /** Names of plugins that are there and were switched off. */
  readonly disabled?: Iterable<string>;
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
