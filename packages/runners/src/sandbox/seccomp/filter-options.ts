import type { SocketFamily } from "../spec.ts";
import type { Architecture } from "./call-table.ts";

/** What a filter shall let through. */
export interface FilterOptions {
  architecture: Architecture;
  /** Whether it may start other processes; threads are always allowed. */
  mayStartPrograms: boolean;
  socketFamilies: readonly SocketFamily[];
  /** There are no namespaces, only Landlock of this version: what they would have kept apart is refused. */
  landlockAbi?: number;
  /** Refused on top of all, by name. */
  deniedCalls?: readonly string[];
}
