import type { FolderWatches } from "./folder-watches.ts";
import type { Save } from "./save.ts";
import { type Reporter, Settler, type SettlerRules, type Trace } from "./settler.ts";
import { type ChangeListener, type PluginWatchOptions, WatchedPlugin } from "./watched-plugin.ts";

/** What all that is watched has in common, and whom it tells. */
export interface PluginWatchingParts {
  watches: FolderWatches;
  rules: SettlerRules;
  onDidChange(name: string, signal: AbortSignal, save: Save): Promise<void>;
  onTooMany(folder: string, most: number): void;
  onDidEnd(watching: PluginWatching): void;
}

/** One plugin that is watched, until disposed: what changes in its folders is told when they are quiet. */
export class PluginWatching implements Disposable, ChangeListener, Reporter {
  readonly #name: string;
  readonly #parts: PluginWatchingParts;
  readonly #settler: Settler;
  readonly #plugin: WatchedPlugin;

  constructor(name: string, folder: string, options: PluginWatchOptions, parts: PluginWatchingParts) {
    this.#name = name;
    this.#parts = parts;
    this.#settler = new Settler(parts.rules, this);
    this.#plugin = new WatchedPlugin(folder, options, parts.watches, this);
  }

  get isEarly(): boolean {
    return true;
  }

  touch(trace: Trace): void {
    this.#settler.touch(trace);
  }

  onTooMany(folder: string, most: number): void {
    this.#parts.onTooMany(folder, most);
  }

  async report(signal: AbortSignal, save: Save): Promise<void> {
    this.#plugin.settle();
    save.over.then(
      () => this.#plugin.endSave(),
      () => undefined,
    );
    await this.#parts.onDidChange(this.#name, signal, save);
  }

  /** Looks by itself, for changes that nobody told of. */
  sweep(): void {
    this.#plugin.sweep();
  }

  [Symbol.dispose](): void {
    this.#plugin[Symbol.dispose]();
    this.#settler[Symbol.dispose]();
    this.#parts.onDidEnd(this);
  }
}
