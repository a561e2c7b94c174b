import type { ErrorCode } from "@berth/contract";

/** One change that would help. */
export type GraphFix =
  | { do: "install"; plugin: string; range: string; text: string }
  | { do: "install-provider"; service: string; text: string }
  | { do: "install-program"; program: string; text: string }
  | { do: "update-host" | "update-node"; range: string; text: string }
  | { do: "make-optional"; plugin: string; need: string; text: string }
  | { do: "enable" | "disable" | "mend"; plugin: string; text: string };

/** Why a plugin is left out. */
export interface GraphProblem {
  kind:
    | "missing-plugin"
    | "missing-version"
    | "missing-service"
    | "conflict"
    | "cycle"
    | "host"
    | "node"
    | "missing-program";
  code: Extract<ErrorCode, `DEPENDENCY_${string}` | "PLUGIN_INCOMPATIBLE">;
  /** The plugin that is left out. */
  plugin: string;
  /** A sentence that says all of it but the fix. */
  message: string;
  /** Who asks whom, down to what is not there; of two that disagree, both. */
  chains: readonly (readonly string[])[];
  /** The members of a circle, in order. */
  members?: readonly string[];
  fix: GraphFix;
}
