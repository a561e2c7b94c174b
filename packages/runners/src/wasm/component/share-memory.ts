import { HostError } from "@berth/contract";
import type { CoreCaps, CoreResources } from "./core-module.ts";
import { unsupported } from "./malformed.ts";

const PAGE_BYTES = 65_536;
const PAGES_PER_MIB = 1_048_576 / PAGE_BYTES;

/** A helper of the component's own linking needs a page or two; only one memory is where the program lives. */
const SPARE_PAGES = 4;

/** Entries a table may gain at run time; they cost the host memory that no memory's limit counts. */
const SPARE_ENTRIES = 10_000;
/** Of all tables together, at the start; a large program has some ten thousand functions. */
const MOST_ENTRIES = 200_000;
const MOST_TABLES = 50;

/**
 * How large the memories and tables of a component's modules may grow, so that all memories together stay within `memoryMb`. The one
 * that starts largest gets what the others leave.
 *
 * @throws HostError `LIMIT_EXCEEDED` when they start larger than that.
 */
export function shareMemory(modules: readonly CoreResources[], memoryMb: number): CoreCaps[] {
  const budget = Math.floor(memoryMb * PAGES_PER_MIB);
  const starts = modules.flatMap(({ memories }) => memories.map(({ min }) => min));
  const total = starts.reduce((sum, min) => sum + min, 0);
  if (total > budget) throw tooLarge(total / PAGES_PER_MIB, memoryMb);
  const largest = starts.indexOf(Math.max(...starts));
  const caps = starts.map((min, index) => (index === largest ? 0 : min + SPARE_PAGES));
  const spared = caps.reduce((sum, pages) => sum + pages, 0);
  // Where even the spare pages do not fit, the small memories stay as they start.
  const isTight = budget - spared < (starts[largest] ?? 0);
  const others = starts.reduce((sum, min, index) => (index === largest ? sum : sum + min), 0);
  const final = caps.map((pages, index) => {
    if (index === largest) return budget - (isTight ? others : spared);
    return isTight ? starts[index]! : pages;
  });
  let next = 0;
  assertTablesFit(modules);
  return modules.map(({ memories, tables }) => ({
    memories: memories.map(() => final[next++]!),
    tables: tables.map(({ min }) => min + SPARE_ENTRIES),
  }));
}

function assertTablesFit(modules: readonly CoreResources[]): void {
  const tables = modules.flatMap((module) => module.tables);
  const entries = tables.reduce((sum, { min }) => sum + min, 0);
  if (tables.length > MOST_TABLES || entries > MOST_ENTRIES) {
    throw unsupported(`${tables.length} tables with ${entries} entries`);
  }
}

function tooLarge(startMb: number, memoryMb: number): HostError {
  return new HostError(
    "LIMIT_EXCEEDED",
    `Cannot load the component: it starts with ${Math.ceil(startMb)} MiB of memory, where limits.memory_mb allows ${memoryMb}`,
    { details: { limit: "memory_mb", allowed: memoryMb, used: Math.ceil(startMb) } },
  );
}
