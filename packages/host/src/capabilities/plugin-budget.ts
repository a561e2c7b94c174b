import type { Clock } from "@berth/base";
import type { Limits } from "@berth/contract";
import type { LimitEvent } from "@berth/kernel/runner";
import type { Log } from "../log/index.ts";
import { limitTeller } from "./limit-teller.ts";
import { LineRate } from "./line-rate.ts";
import { ConnectionBudget } from "./network/connection-budget.ts";
import { TrafficBudget } from "./network/traffic-budget.ts";
import { SecretHandles } from "./secrets/secret-handles.ts";
import { Slots } from "./slots.ts";

/** What all instances of one plugin share: a plugin gets no more by having more instances. */
export interface PluginBudget extends Disposable {
  readonly requests: Slots;
  readonly connections: ConnectionBudget;
  readonly traffic: TrafficBudget;
  readonly files: Slots;
  readonly programs: Slots;
  readonly logLines: LineRate;
  /** Not a budget, but shared as one is: a handle of one instance is good in the others. */
  readonly secretHandles: SecretHandles;
}

/** What {@link createPluginBudget} needs. */
export interface PluginBudgetOptions {
  plugin: { name: string };
  limits: Limits;
  clock: Clock;
  /** Where lines that were dropped are told of. */
  log: Log;
  /** Hears of limits that were hit, each at most once a second. */
  onLimit?: ((event: LimitEvent) => void) | undefined;
}

const REQUESTS = 16;
const FILES = 16; // four times the threads Node has for them
const PROGRAMS = 4;
const LOG_LINES_PER_SECOND = 100;
const CONNECTIONS = 10;
const NETWORK_MB_PER_SEC = 50;
const MIB = 1_048_576;

/** Makes the budget of one generation of a plugin; disposing it says how many log lines were dropped last. */
export function createPluginBudget(options: PluginBudgetOptions): PluginBudget {
  const { plugin, limits, clock, log } = options;
  const connections = limits.network_connections ?? CONNECTIONS;
  const tell = limitTeller(clock, options.onLimit ?? (() => undefined));
  const source = log.about({ source: `plugin/${plugin.name}` });
  const perSecond = limits.log_rate ?? LOG_LINES_PER_SECOND;
  const logLines = new LineRate(perSecond, clock, (dropped) => {
    source.warn(`${dropped} log lines dropped: more than ${perSecond} in a second`, { dropped });
  });
  return {
    // No more than there are connections: each begins where another's connection has come free.
    requests: new Slots("requests", Math.min(REQUESTS, Math.max(1, connections))),
    connections: new ConnectionBudget(connections, (allowed, used) =>
      tell({ limit: "network_connections", allowed, used, action: "refused" }),
    ),
    traffic: new TrafficBudget((limits.network_mb_per_sec ?? NETWORK_MB_PER_SEC) * MIB, clock, (allowed, used) =>
      tell({ limit: "network_mb_per_sec", allowed: allowed / MIB, used: used / MIB, action: "slowed" }),
    ),
    files: new Slots("file operations", FILES),
    programs: new Slots("programs", PROGRAMS),
    logLines,
    secretHandles: new SecretHandles(),
    [Symbol.dispose]: () => logLines[Symbol.dispose](),
  };
}
