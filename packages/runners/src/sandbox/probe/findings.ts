import type { MechanismReport } from "@berth/kernel/runner";
import type { Primitive, SandboxLevel } from "../level.ts";

/** What was found of one primitive; without `fix` nothing is missing or nothing can be done. */
export type Finding = Omit<MechanismReport, "name">;

/** What was found of each. */
export type Findings = Readonly<Record<Primitive, Finding>>;

export function found(detail: string): Finding {
  return { works: true, detail };
}

export function missing(detail: string, fix?: string): Finding {
  return { works: false, detail, ...(fix === undefined ? {} : { fix }) };
}

const ALWAYS: readonly Primitive[] = ["rlimits", "uid-drop", "seccomp"];
const BY_LEVEL: readonly [SandboxLevel, readonly Primitive[]][] = [
  ["full", [...ALWAYS, "bwrap", "user-namespaces"]],
  ["landlock", [...ALWAYS, "landlock"]],
];

/** The firmest level all of whose primitives work. `node-permission` is a second wall inside and decides nothing. */
export function levelOf(findings: Findings): SandboxLevel {
  const best = BY_LEVEL.find(([, needed]) => needed.every((primitive) => findings[primitive].works));
  return best?.[0] ?? "none";
}
