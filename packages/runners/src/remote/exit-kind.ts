import { type ExitKind, isHostError } from "@berth/contract";
import type { Ending } from "./far-end.ts";

/** Signals by which a program ends that did something wrong itself; all others come from outside. */
const OWN_FAULT = /^it was ended by SIG(?:ABRT|BUS|FPE|ILL|SEGV|TRAP)\b/;
const BY_OTHERS = /^it (?:was ended by SIG|did not stop|did not answer|closed its channel)/;

/** How a plugin ended that nobody asked to, as whoever decides about its restart counts it. */
export function exitKind(ending: Ending): ExitKind {
  if (isHostError(ending)) return ending.code === "LIMIT_EXCEEDED" ? "limit" : "killed";
  // The whole clause, or with its last words behind it.
  if (/^it ended by itself(?:;|$)/.test(ending)) return "normal";
  if (ending.startsWith("it ran out of memory")) return "limit";
  return BY_OTHERS.test(ending) && !OWN_FAULT.test(ending) ? "killed" : "crash";
}
