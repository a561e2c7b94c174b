import { resolve } from "node:path";
import { type Clock, Failpoints, neutraliseLine } from "@berth/base";
import { FolderWatches, type WatchWarning } from "./folder-watches.ts";
import { PluginWatching, type PluginWatchingParts } from "./plugin-watching.ts";
import type { Save } from "./save.ts";
import { Settler, type SettlerRules } from "./settler.ts";
import type { PluginWatchOptions } from "./watched-plugin.ts";
import { type RootChange, WatchedRoot } from "./watched-root.ts";

/** Network file systems do not tell what other machines write: so often the few files that matter are looked at. */
const SWEEP_MS = 30_000;
/** The first one, soon after the start, only learns what is there. */
const FIRST_SWEEP_MS = 1_000;
/** Between so many, others have their turn: on a network each look takes its time. */
const SWEPT_AT_ONCE = 50;

/** What a {@link PluginWatcher} needs, and whom it tells. */
export interface PluginWatcherOptions {
  clock: Clock;
  /** `reload.detect` is visited before each report of a change, `watch.open` before each watch. */
  failpoints?: Failpoints;
  /**
   * A plugin's files may have changed. More changes may follow while `save` is not over: `signal` fires then, and there is another report.
   * The next one about it comes when this is settled; plugins do not wait for each other. Whether the content is another one only its
   * digest tells.
   */
  onDidChange: (name: string, signal: AbortSignal, save: Save) => void | Promise<void>;
  /** A folder in a root that holds a `plugin.toml` now. */
  onDidAppear?: (folder: string, signal: AbortSignal) => void | Promise<void>;
  /** One that no longer is there, or no longer holds one. */
  onDidDisappear?: (folder: string, signal: AbortSignal) => void | Promise<void>;
  /** Something works less well than it should; told once, not for each folder. */
  onWarning?: (warning: WatchWarning) => void;
  /** What a listener threw; it hears of the same change again, three times in all. */
  onError: (error: unknown) => void;
  /** Default 5; five times as long after something went away. */
  settleMs?: number;
  /** Default 200. */
  mostWaitMs?: number;
  /** Default 30,000; 0 for never. */
  sweepMs?: number;
  /** Where the program is that watches folders; `undefined` for nowhere. Default: beside what was built. */
  findProgram?: () => string | undefined;
}

/**
 * Tells which plugins' folders change, and which come and go, as the system tells it: plain writes, files renamed over others,
 * folders and links replaced. What happens within a moment is one report.
 *
 * Not watched: `node_modules`, folders whose names begin with a dot, what editors leave beside a file. Where the system loses
 * events (a queue that overflows, a network) a sweep finds changes of the manifest and the entry, and nothing else.
 */
export class PluginWatcher implements Disposable {
  readonly #options: PluginWatcherOptions;
  readonly #watches: FolderWatches;
  readonly #rules: SettlerRules;
  readonly #parts: PluginWatchingParts;
  readonly #owned = new Set<Disposable & { sweep(): void }>();
  readonly #tooMany = new Set<string>();
  #sweep: Disposable | undefined;
  #isDisposed = false;

  constructor(options: PluginWatcherOptions) {
    const { clock, failpoints = new Failpoints(), settleMs, mostWaitMs, findProgram, onError } = options;
    this.#options = options;
    const onWarning = (warning: WatchWarning): void => options.onWarning?.(warning);
    this.#watches = new FolderWatches({ clock, failpoints, onWarning, findProgram });
    this.#rules = { clock, settleMs, mostWaitMs, onError };
    this.#parts = {
      watches: this.#watches,
      rules: this.#rules,
      onDidChange: async (name, signal, save) => {
        await failpoints.visit("reload.detect");
        await options.onDidChange(name, signal, save);
      },
      onTooMany: (folder, most) => this.#warnOfTooMany(folder, most),
      onDidEnd: (watching) => void this.#owned.delete(watching),
    };
    this.#waitForSweep(FIRST_SWEEP_MS);
  }

  /** How many folders the system is asked about, for diagnosis. */
  get folders(): number {
    return this.#watches.size;
  }

  /** Resolves when what is watched so far is: until then changes are told too, but late. Never rejects. */
  get ready(): Promise<void> {
    return this.#watches.ready;
  }

  /** Watches a plugin's folder until disposed. The folder need not be there. */
  watch(name: string, folder: string, options: PluginWatchOptions = {}): Disposable {
    const watching = new PluginWatching(name, resolve(folder), options, this.#parts);
    this.#owned.add(watching);
    return watching;
  }

  /** Watches a folder of plugin folders until disposed. The folder need not be there. */
  watchRoot(folder: string): Disposable {
    const { clock, onDidAppear, onDidDisappear } = this.#options;
    const untold: RootChange[] = [];
    const report = async (signal: AbortSignal): Promise<void> => {
      untold.push(...root.changes());
      for (let [change] = untold; change; [change] = untold) {
        await (change.hasAppeared ? onDidAppear : onDidDisappear)?.(change.folder, signal);
        untold.shift();
      }
    };
    const settler = new Settler(this.#rules, { report });
    const root = new WatchedRoot(resolve(folder), { clock, watches: this.#watches, touch: () => settler.touch() });
    root.learn();
    const owned = {
      sweep: () => root.sweep(),
      [Symbol.dispose]: () => {
        this.#owned.delete(owned);
        root[Symbol.dispose]();
        settler[Symbol.dispose]();
      },
    };
    this.#owned.add(owned);
    return owned;
  }

  /** Ends all watching at once. Reports that are under way get their signal. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#sweep?.[Symbol.dispose]();
    for (const owned of this.#owned) owned[Symbol.dispose]();
    this.#watches[Symbol.dispose]();
  }

  #waitForSweep(mostMs = Infinity): void {
    const { clock, sweepMs = SWEEP_MS } = this.#options;
    if (sweepMs <= 0) return;
    this.#sweep = clock.setTimer(() => this.#sweepSome([...this.#owned]), Math.min(sweepMs, mostMs));
  }

  #sweepSome(left: readonly (Disposable & { sweep(): void })[]): void {
    for (const watched of left.slice(0, SWEPT_AT_ONCE)) if (this.#owned.has(watched)) watched.sweep();
    if (this.#isDisposed) return;
    if (left.length > SWEPT_AT_ONCE) {
      this.#sweep = this.#options.clock.setTimer(() => this.#sweepSome(left.slice(SWEPT_AT_ONCE)), 0);
    } else {
      this.#watches.retry();
      this.#waitForSweep();
    }
  }

  #warnOfTooMany(folder: string, most: number): void {
    if (this.#tooMany.has(folder)) return;
    this.#tooMany.add(folder);
    const message = `Only ${most} folders of the plugin in ${neutraliseLine(folder)} are watched: it has more, or deeper ones; reload it by command after changes in the others`;
    this.#options.onWarning?.({ folder, message });
  }
}
