import type { ExitKind } from "@berth/contract";

/** Whether a plugin ended as one that was done. */
export function isOrderly(kind: ExitKind): boolean {
  return kind === "normal" || kind === "shutdown";
}
