import type { Host, Reloads } from "@berth/host";

/** What of a host is asked and told from outside. */
export type ControlledHost = Pick<
  Host,
  | "plugins"
  | "switches"
  | "supervision"
  | "events"
  | "storage"
  | "clock"
  | "dataFolder"
  | "log"
  | "limitCounts"
  | "masker"
  | "dependentsOf"
  | "health"
  | "usage"
  | "alerts"
  | "checkHealth"
  | "inspections"
  | "logLines"
  | "pluginLogLevels"
> & {
  /** Absent in a host that replaces no plugins. */
  readonly reloads?: Reloads;
};
