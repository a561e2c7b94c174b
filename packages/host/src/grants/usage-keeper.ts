import { errorMessage, type JsonObject } from "@berth/base";
import type { PermissionUsage, UsageCount } from "@berth/storage";
import type { UsageLedger, UsageRow } from "../capabilities/usage/usage-ledger.ts";
import type { UsageRecord } from "../capabilities/usage/use.ts";
import type { Log } from "../log/index.ts";

/** What {@link UsageKeeper} needs. */
export interface UsageKeeperOptions {
  ledger: Pick<UsageLedger, "record" | "take">;
  usage: Pick<PermissionUsage, "add">;
  /** Calls back once after some time; default: a timer of the machine that keeps no process alive. */
  later?: (fire: () => void, delayMs: number) => Disposable;
  log: Pick<Log, "warn">;
}

/** So much is lost when the machine loses power: what was used stays true, only its count falls short. */
const SAVE_AFTER_MS = 5_000;
/** What waits for a disk that takes nothing; more than the ledger itself holds of ten plugins. */
const MOST_WAITING = 10_000;

/**
 * Takes what plugins used of their permissions and brings it into the storage, some seconds later and all in one write. At rest it does
 * nothing. Disposing it saves what is left.
 */
export class UsageKeeper implements AsyncDisposable {
  readonly #options: UsageKeeperOptions;
  #timer: Disposable | undefined;
  #waiting: UsageRow[] = [];
  #saving: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #isClosed = false;

  constructor(options: UsageKeeperOptions) {
    this.#options = options;
  }

  /** Counts one use. Quick: it is called for every one. */
  readonly record = (record: UsageRecord): void => {
    this.#options.ledger.record(record);
    if (this.#timer !== undefined || this.#isClosed) return;
    const { later = idleTimer } = this.#options;
    this.#timer = later(() => {
      this.#timer = undefined;
      void this.save();
    }, SAVE_AFTER_MS);
  };

  /** Saves what was counted so far. Never rejects: what cannot be saved is tried again with what comes next. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveNow());
    return this.#saving;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    await this.save();
  }

  async #saveNow(): Promise<void> {
    const { ledger, usage, log } = this.#options;
    const rows = [...this.#waiting, ...ledger.take()];
    this.#waiting = [];
    if (rows.length === 0) return;
    try {
      await usage.add(rows.map(countOf));
      this.#hasFailed = false;
    } catch (error) {
      this.#waiting = rows.slice(0, MOST_WAITING);
      if (!this.#hasFailed) log.warn(`Cannot keep what plugins used of their permissions: ${errorMessage(error)}`);
      this.#hasFailed = true;
    }
  }
}

/** Not of the host's clock, whose timers stand for work that is waited for: books are kept when there is time. */
function idleTimer(fire: () => void, delayMs: number): Disposable {
  const timer = setTimeout(fire, delayMs).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

function countOf({ plugin, capability, outcome, entry, what, use, count, firstAt, lastAt }: UsageRow): UsageCount {
  return {
    plugin,
    capability,
    outcome,
    what,
    count,
    firstAt,
    lastAt,
    ...(entry === undefined ? {} : { entry }),
    // The words of a use are texts, numbers and lists of texts.
    ...(use === undefined ? {} : { use: { ...use } as JsonObject }),
  };
}
