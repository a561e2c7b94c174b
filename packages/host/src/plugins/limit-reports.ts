import type { LimitEvent } from "@berth/kernel/runner";
import type { AuditLog } from "@berth/storage";
import type { EventBus } from "@berth/kernel/events";
import type { Log } from "../log/index.ts";

/** How often one limit of one plugin was hit, and how it last was. */
export interface LimitCount {
  plugin: string;
  limit: LimitEvent["limit"];
  hits: number;
  last: LimitEvent;
}

/** The subject under which the host tells of a limit that was hit. */
const LIMIT_SUBJECT = "plugin.limit";

const UNITS: Record<LimitEvent["limit"], string> = {
  cpu_percent: "% of a core",
  memory_mb: "MiB of memory",
  disk_io_mb_per_sec: "MiB a second to and from files",
  disk_mb: "MiB in its data folder",
  file_size_mb: "MiB in one file",
  file_handles: "open files",
  network_connections: "connections",
  network_mb_per_sec: "MiB a second over the network",
  processes: "processes",
  log_rate: "log lines a second",
  store_mb: "MiB in its store",
  state_mb: "MiB of state",
  response_mb: "MiB in one answer",
  concurrency: "calls at a time",
  call_timeout_ms: "ms for one call",
  start_timeout_ms: "ms to start",
  unresponsive_after_ms: "ms without an answer",
  kill_unresponsive_after_ms: "ms without an answer",
};

const DONE = {
  refused: "what went past it was refused",
  slowed: "it was slowed down",
  ended: "it was ended",
} as const satisfies Record<LimitEvent["action"], string>;

/** The kind of an audit entry for a limit that was hit. */
const LIMIT_HIT = "limit.hit";

/** Tells of every limit that a plugin hits: in the log, on the event bus, in the audit log, and as a count. */
export class LimitReports {
  readonly #log: Log;
  readonly #events: EventBus;
  readonly #audit: Pick<AuditLog, "report">;
  readonly #counts = new Map<string, LimitCount>();

  constructor(log: Log, events: EventBus, audit: Pick<AuditLog, "report">) {
    this.#log = log;
    this.#events = events;
    this.#audit = audit;
  }

  /** Of all plugins, in the order they were first hit. */
  get counts(): readonly LimitCount[] {
    return [...this.#counts.values()];
  }

  /** Resolves when the audit entry is kept, or could not be; never rejects. */
  async record(plugin: string, event: LimitEvent): Promise<void> {
    const { limit, allowed, used, action } = event;
    const key = `${plugin} ${limit}`;
    const count = this.#counts.get(key);
    this.#counts.set(key, { plugin, limit, hits: (count?.hits ?? 0) + 1, last: event });
    const figures = `${round(used)} of ${round(allowed)} ${UNITS[limit]}`;
    const facts = { plugin, limit, allowed, used, action };
    this.#log.warn(`Plugin "${plugin}" went past limits.${limit}: ${figures}; ${DONE[action]}`, facts);
    this.#events.publish({ subject: LIMIT_SUBJECT, data: facts, from: "host" });
    await this.#audit.report({ kind: LIMIT_HIT, plugin, details: { limit, allowed, used, action }, same: limit });
  }
}

/** One decimal is all that a limit is exact to. */
function round(figure: number): number {
  return Math.round(figure * 10) / 10;
}
