import { setImmediate as nextTurn } from "node:timers/promises";
import type { Foreseeing, Runner } from "@berth/kernel/runner";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { Versions } from "./versions.ts";

/** An author edits one plugin or two; where many change at once, there is no time to use. */
const MOST_AT_ONCE = 4;

/** What {@link Foresight} needs. */
export interface ForesightOptions {
  directory: Pick<PluginDirectory, "get" | "has" | "sourceOf">;
  versions: Pick<Versions, "foresee">;
}

/**
 * Uses the time in which it is waited for the writer of a file: what a reload works out of the content of files alone is worked out
 * beforehand, and kept by that content. Nothing runs, and the reload reads anew: of what was half-written then, it finds nothing.
 */
export class Foresight implements AsyncDisposable {
  readonly #options: ForesightOptions;
  /** By plugin: one at a time. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #over = new AbortController();

  constructor(options: ForesightOptions) {
    this.#options = options;
  }

  /** The plugin's files change just now. */
  begin(plugin: string): void {
    if (this.#over.signal.aborted || this.#underWay.has(plugin) || this.#underWay.size >= MOST_AT_ONCE) return;
    const work = this.#work(plugin)
      // What is wrong is said by whoever does it in earnest.
      .catch(() => undefined)
      .finally(() => this.#underWay.delete(plugin));
    this.#underWay.set(plugin, work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#underWay.values());
  }

  async #work(plugin: string): Promise<void> {
    const { directory, versions } = this.#options;
    if (!directory.has(plugin)) return;
    const { serving, manifest, code } = directory.get(plugin);
    const { type, entry } = manifest.runtime;
    if (serving?.digest === undefined || type !== "node") return;
    const source = directory.sourceOf(plugin);
    const runner: Runner & Partial<Foreseeing> = code.runner;
    const inRunner = runner.foresee?.({ folder: source.folder, entry });
    // First what other threads do.
    await nextTurn();
    await Promise.all([inRunner, versions.foresee(source, entry, serving.digest, this.#over.signal)]);
  }
}
