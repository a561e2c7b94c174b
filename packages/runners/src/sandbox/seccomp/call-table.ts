import { ARM64_CALLS, X64_CALLS } from "./system-calls.ts";

/** Processor families a filter can be made for, in Node.js's words. */
export type Architecture = "x64" | "arm64";

/** What a filter must know of one architecture. */
export interface CallTable {
  /** `AUDIT_ARCH_*` of `linux/audit.h`: what the kernel tells the filter. */
  audit: number;
  byName: ReadonlyMap<string, number>;
}

const AUDIT_X86_64 = 0xc000003e;
const AUDIT_AARCH64 = 0xc00000b7;

/** The system calls of `architecture`. */
export function callTable(architecture: Architecture): CallTable {
  return architecture === "x64"
    ? { audit: AUDIT_X86_64, byName: parse(X64_CALLS) }
    : { audit: AUDIT_AARCH64, byName: parse(ARM64_CALLS) };
}

/** Whether Linux has a call of this name, on any architecture known here. */
export function isCallName(name: string): boolean {
  return parse(X64_CALLS).has(name) || parse(ARM64_CALLS).has(name);
}

/** Runs of numbers that mean nothing here, ascending; the last has no end. */
export function unknownRanges(table: CallTable): { first: number; last: number }[] {
  const known = [...table.byName.values()].sort((a, b) => a - b);
  const ranges: { first: number; last: number }[] = [];
  let next = 0;
  for (const number of known) {
    if (number > next) ranges.push({ first: next, last: number - 1 });
    next = number + 1;
  }
  ranges.push({ first: next, last: 0xffff_ffff });
  return ranges;
}

function parse(lines: string): Map<string, number> {
  const calls = new Map<string, number>();
  for (const line of lines.trim().split("\n")) {
    const [first, ...names] = line.split(" ");
    for (const [index, name] of names.entries()) calls.set(name, Number(first) + index);
  }
  return calls;
}
