import { neutraliseLine } from "@berth/base";
import type { CapabilityName } from "../capability-scope.ts";
import { describeUse, type UsageRecord, type Use, type UseOutcome } from "./use.ts";

/** How often one plugin did one thing. */
export interface UsageRow {
  plugin: string;
  capability: CapabilityName;
  /** The first use of this row; absent in the row that takes what no longer fits. */
  use?: Use;
  /** The same in one harmless line. */
  what: string;
  entry?: string | undefined;
  outcome: UseOutcome;
  count: number;
  /** Milliseconds since 1970. */
  firstAt: number;
  lastAt: number;
}

/** What {@link UsageLedger} needs. */
export interface UsageLedgerOptions {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Default {@link MOST_ROWS}. */
  mostRows?: number;
}

/** Distinct things kept of one plugin; what is new past it counts in one row a capability and outcome. */
export const MOST_ROWS = 1_000;

const LONGEST_WHAT = 500;

/** Counts every use and every refusal of a permission, exactly; which uses they were, as far as there is room. */
export class UsageLedger {
  readonly #now: () => number;
  readonly #mostRows: number;
  readonly #plugins = new Map<string, Map<string, UsageRow>>();

  constructor({ now, mostRows = MOST_ROWS }: UsageLedgerOptions) {
    this.#now = now;
    this.#mostRows = mostRows;
  }

  record({ plugin, capability, what: use, entry, outcome }: UsageRecord): void {
    const rows = this.#rowsOf(plugin);
    const what = neutraliseLine(describeUse(use), LONGEST_WHAT);
    const key = [capability, outcome, entry ?? "", use.kind, what].join("\n");
    const found = rows.get(key);
    if (found) return this.#count(found);
    const at = this.#now();
    const isFull = rows.size >= this.#mostRows;
    if (!isFull) {
      rows.set(key, { plugin, capability, use, what, entry, outcome, count: 1, firstAt: at, lastAt: at });
      return;
    }
    const overflowKey = [capability, outcome].join("\n");
    const overflow = rows.get(overflowKey);
    if (overflow) return this.#count(overflow);
    rows.set(overflowKey, { plugin, capability, what: "(others)", outcome, count: 1, firstAt: at, lastAt: at });
  }

  /** Copies of the rows of one plugin, or of all, in the order they were first used. */
  snapshot(plugin?: string): UsageRow[] {
    const wanted = plugin === undefined ? [...this.#plugins.values()] : [this.#plugins.get(plugin) ?? new Map()];
    return wanted.flatMap((rows: Map<string, UsageRow>) => [...rows.values()].map((row) => ({ ...row })));
  }

  /** As {@link snapshot}, and starts again from nothing: for whoever keeps the counts elsewhere. */
  take(plugin?: string): UsageRow[] {
    const rows = this.snapshot(plugin);
    if (plugin === undefined) this.#plugins.clear();
    else this.#plugins.delete(plugin);
    return rows;
  }

  #count(row: UsageRow): void {
    row.count++;
    row.lastAt = this.#now();
  }

  #rowsOf(plugin: string): Map<string, UsageRow> {
    let rows = this.#plugins.get(plugin);
    if (!rows) this.#plugins.set(plugin, (rows = new Map<string, UsageRow>()));
    return rows;
  }
}
