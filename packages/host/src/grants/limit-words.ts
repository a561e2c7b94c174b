import type { Limits } from "@berth/contract";
import { STANDARD_LIMITS } from "../plugins/standard-limits.ts";

/** The name of a limit. */
export type LimitName = keyof Limits;

/** What a limit is when nobody says otherwise, and how it is said. */
interface LimitWords {
  /** Absent: there is none. */
  standard?: number;
  unit: string;
  of: string;
}

/** Every limit of a manifest, in the order they are shown. */
export const LIMITS: Readonly<Record<LimitName, LimitWords>> = {
  memory_mb: { standard: STANDARD_LIMITS.memory_mb, unit: " MiB", of: "of memory" },
  cpu_percent: { standard: STANDARD_LIMITS.cpu_percent, unit: " %", of: "of a processor core" },
  disk_io_mb_per_sec: { standard: STANDARD_LIMITS.disk_io_mb_per_sec, unit: " MiB/s", of: "to and from files" },
  disk_mb: { standard: STANDARD_LIMITS.disk_mb, unit: " MiB", of: "in its data folder" },
  file_size_mb: { unit: " MiB", of: "in one file" },
  file_handles: { standard: STANDARD_LIMITS.file_handles, unit: "", of: "open files" },
  network_connections: { standard: STANDARD_LIMITS.network_connections, unit: "", of: "connections at a time" },
  network_mb_per_sec: { standard: STANDARD_LIMITS.network_mb_per_sec, unit: " MiB/s", of: "over the network" },
  processes: { standard: STANDARD_LIMITS.processes, unit: "", of: "programs of its own" },
  store_mb: { standard: STANDARD_LIMITS.store_mb, unit: " MiB", of: "in its key-value store" },
  state_mb: { standard: STANDARD_LIMITS.state_mb, unit: " MiB", of: "of state for its next version" },
  response_mb: { standard: STANDARD_LIMITS.response_mb, unit: " MiB", of: "in one answer it fetches" },
  log_rate: { standard: STANDARD_LIMITS.log_rate, unit: "", of: "log lines a second" },
  concurrency: { standard: STANDARD_LIMITS.concurrency, unit: "", of: "calls at a time" },
  call_timeout_ms: { unit: " ms", of: "for one call" },
  unresponsive_after_ms: { standard: STANDARD_LIMITS.unresponsive_after_ms, unit: " ms", of: "without a sign of life" },
  kill_unresponsive_after_ms: {
    standard: STANDARD_LIMITS.kill_unresponsive_after_ms,
    unit: " ms",
    of: "without a sign of life until it is ended",
  },
  start_timeout_ms: { standard: STANDARD_LIMITS.start_timeout_ms, unit: " ms", of: "to start" },
};

/** The names of all limits, in the order they are shown. */
export const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[];

/** What holds when `limits` is all that was said; `Infinity` where nothing does. */
export function limitValue(limits: Limits, name: LimitName): number {
  return limits[name] ?? LIMITS[name].standard ?? Infinity;
}

/** `512 MiB`; `any` where there is no limit. */
export function limitText(name: LimitName, value: number): string {
  return value === Infinity ? "any" : `${value.toLocaleString("en")}${LIMITS[name].unit}`;
}
