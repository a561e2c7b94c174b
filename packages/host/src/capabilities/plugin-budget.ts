import type { Clock } from "@berth/base";
import type { Limits } from "@berth/contract";
import type { Log } from "../log/index.ts";
import { LineRate } from "./line-rate.ts";
import { Slots } from "./slots.ts";

/** What all instances of one plugin share: a plugin gets no more by having more instances. */
export interface PluginBudget extends Disposable {
  readonly requests: Slots;
  readonly files: Slots;
  readonly programs: Slots;
  readonly logLines: LineRate;
}

/** What {@link createPluginBudget} needs. */
export interface PluginBudgetOptions {
  plugin: { name: string };
  limits: Limits;
  clock: Clock;
  /** Where lines that were dropped are told of. */
  log: Log;
}

const REQUESTS = 16;
const FILES = 16; // four times the threads Node has for them
const PROGRAMS = 4;
const LOG_LINES_PER_SECOND = 100;

/** Makes the budget of one generation of a plugin; disposing it says how many log lines were dropped last. */
export function createPluginBudget({ plugin, limits, clock, log }: PluginBudgetOptions): PluginBudget {
  const source = log.about({ source: `plugin/${plugin.name}` });
  const perSecond = limits.log_rate ?? LOG_LINES_PER_SECOND;
  const logLines = new LineRate(perSecond, clock, (dropped) => {
    source.warn(`${dropped} log lines dropped: more than ${perSecond} in a second`, { dropped });
  });
  return {
    requests: new Slots("requests", REQUESTS),
    files: new Slots("file operations", FILES),
    programs: new Slots("programs", PROGRAMS),
    logLines,
    [Symbol.dispose]: () => logLines[Symbol.dispose](),
  };
}
