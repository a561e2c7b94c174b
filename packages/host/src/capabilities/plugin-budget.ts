import type { Clock } from "@berth/base";
import type { Limits } from "@berth/contract";
import type { LimitEvent } from "@berth/kernel/runner";
import type { Log } from "../log/index.ts";
import { withStandardLimits } from "../plugins/standard-limits.ts";
import { FolderQuota } from "./files/folder-quota.ts";
import { LineRate } from "./line-rate.ts";
import { ConnectionBudget } from "./network/connection-budget.ts";
import { TrafficBudget } from "./traffic-budget.ts";
import { SecretHandles } from "./secrets/secret-handles.ts";
import { Slots } from "./slots.ts";

/** What all instances of one plugin share: a plugin gets no more by having more instances. */
export interface PluginBudget extends Disposable {
  readonly requests: Slots;
  readonly connections: ConnectionBudget;
  readonly traffic: TrafficBudget;
  readonly files: Slots;
  /** What is read from and written to files. */
  readonly fileTraffic: TrafficBudget;
  /** What it may keep in its own folder. */
  readonly ownFolder: FolderQuota;
  readonly programs: Slots;
  /** Calls of services under way, so that one plugin leaves places for others. */
  readonly serviceCalls: Slots;
  readonly logLines: LineRate;
  /** Not a budget, but shared as one is: a handle of one instance is good in the others. */
  readonly secretHandles: SecretHandles;
  /** Tells of a limit that was hit and that has no budget of its own. */
  readonly tell: (event: LimitEvent) => void;
}

/** What {@link createPluginBudget} needs. */
export interface PluginBudgetOptions {
  plugin: { name: string };
  /** Its own, absolute. */
  dataFolder: string;
  limits: Limits;
  clock: Clock;
  /** Where lines that were dropped are told of. */
  log: Log;
  /** Hears of limits whenever they are hit. */
  onLimit?: ((event: LimitEvent) => void) | undefined;
}

const REQUESTS = 16;
const FILES = 16; // four times the threads Node has for them
const PROGRAMS = 4;
const SERVICE_CALLS = 64; // below the hundred that a plugin handles at a time: one caller cannot fill it
const MOST_OWN_FILES = 10_000; // a plugin that keeps more belongs to a database, or to a folder the operator granted
const MIB = 1_048_576;

/** Makes the budget of one generation of a plugin; disposing it says how many log lines were dropped last. */
export function createPluginBudget(options: PluginBudgetOptions): PluginBudget {
  const { plugin, dataFolder, clock, log, onLimit: tell = () => undefined } = options;
  const limits = withStandardLimits(options.limits);
  const connections = limits.network_connections;
  const source = log.about({ source: `plugin/${plugin.name}` });
  const perSecond = limits.log_rate;
  const logLines = new LineRate(perSecond, clock, (dropped) => {
    source.warn(`${dropped} log lines dropped: more than ${perSecond} in a second`, { dropped });
    tell({ limit: "log_rate", allowed: perSecond, used: perSecond + dropped, action: "refused" });
  });
  return {
    // No more than there are connections: each begins where another's connection has come free.
    requests: new Slots("requests", Math.min(REQUESTS, Math.max(1, connections))),
    connections: new ConnectionBudget(connections, (allowed, used) =>
      tell({ limit: "network_connections", allowed, used, action: "refused" }),
    ),
    traffic: new TrafficBudget(limits.network_mb_per_sec * MIB, clock, (allowed, used) =>
      tell({ limit: "network_mb_per_sec", allowed: allowed / MIB, used: used / MIB, action: "slowed" }),
    ),
    files: new Slots("file operations", FILES),
    fileTraffic: new TrafficBudget(limits.disk_io_mb_per_sec * MIB, clock, (allowed, used) =>
      tell({ limit: "disk_io_mb_per_sec", allowed: allowed / MIB, used: used / MIB, action: "slowed" }),
    ),
    ownFolder: new FolderQuota({
      folder: dataFolder,
      maxBytes: limits.disk_mb * MIB,
      maxEntries: MOST_OWN_FILES,
      clock,
      onFull: (allowed, used) =>
        tell({ limit: "disk_mb", allowed: allowed / MIB, used: used / MIB, action: "refused" }),
    }),
    programs: new Slots("programs", PROGRAMS),
    serviceCalls: new Slots("calls of services", SERVICE_CALLS),
    logLines,
    secretHandles: new SecretHandles(),
    tell,
    [Symbol.dispose]: () => logLines[Symbol.dispose](),
  };
}
