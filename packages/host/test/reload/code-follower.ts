import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorMessage, ManualClock } from "@berth/base";
import { readManifest } from "@berth/kernel/manifest";
import { PluginWatcher, type PluginWatcherOptions, type Save } from "@berth/kernel/watch";
import { checkModules, KnownModules, type ModuleCheck } from "@berth/registry/scan";
import { SnapshotStore } from "@berth/registry/snapshot";

const MANIFEST = '[plugin]\nname = "weather"\nversion = "1.0.0"\n[provides]\nsource = ["weather"]\n';

interface Followed {
  folder: string;
  digest: string;
  text: string;
  save: Save | undefined;
}

/** The least that a reload does with a change: a copy, by digest, and all checks, begun before it is over. Nothing is run. */
export class CodeFollower implements Disposable {
  readonly clock = new ManualClock(Date.now());
  readonly plugin: string;
  readonly path = (below: string): string => join(this.plugin, below);
  /** Text of the entry in each version that passed, the first one included. */
  readonly accepted: string[] = [];
  readonly refused: string[] = [];
  /** What the entry held when it was last decided about. */
  decided: string | undefined;
  reports = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), "berth-follower-"));
  readonly #watcher: PluginWatcher;
  readonly #store: SnapshotStore;
  readonly #errors: unknown[] = [];
  readonly #known = new KnownModules();
  #serving: string | undefined;

  constructor(files: Readonly<Record<string, string>>, options: Pick<PluginWatcherOptions, "findProgram"> = {}) {
    this.plugin = join(this.#folder, "plugins/weather");
    mkdirSync(join(this.plugin, "src"), { recursive: true });
    for (const [path, text] of Object.entries({ "plugin.toml": MANIFEST, ...files }))
      writeFileSync(this.path(path), text);
    this.#store = new SnapshotStore({ folder: join(this.#folder, "code"), clock: this.clock });
    this.#watcher = new PluginWatcher({
      ...options,
      clock: this.clock,
      sweepMs: 0,
      onDidChange: (_name, signal, save) => this.#follow(signal, save),
      onError: (error) => this.#errors.push(error),
    });
    this.#watcher.watch("weather", this.plugin);
  }

  get entry(): string {
    return this.path("src/plugin.ts");
  }

  /** Takes what is there for what serves. */
  async begin(): Promise<this> {
    await this.#follow(AbortSignal.timeout(10_000));
    if (this.accepted.length === 1) return this;
    throw new Error(`The first version was refused: ${this.refused.join()}`);
  }

  /** Moves time on while the system has its turns. Fails where a report did. */
  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      await this.clock.advance(5);
      const [error] = this.#errors;
      if (error !== undefined) throw error;
    }
  }

  /** Until it was decided about exactly this text. */
  async hasDecided(text: string): Promise<void> {
    this.decided = undefined;
    await this.until(() => this.decided === text);
  }

  [Symbol.dispose](): void {
    this.#watcher[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #follow(signal: AbortSignal, save?: Save): Promise<void> {
    this.reports++;
    try {
      const since = this.#serving === undefined ? {} : { since: this.#serving };
      const { digest, folder } = await this.#store.take(this.plugin, { ...since, signal });
      const text = readFileSync(join(folder, "src/plugin.ts"), "utf8");
      if (digest !== this.#serving) await this.#decide({ folder, digest, text, save }, signal);
      this.decided = text;
    } catch (error) {
      if (signal.aborted) return;
      this.refused.push(errorMessage(error));
    }
  }

  async #decide({ folder, digest, text, save }: Followed, signal: AbortSignal): Promise<void> {
    const reading = await readManifest(readFileSync(join(folder, "plugin.toml")), "plugin.toml");
    const { problems } = await this.#check(folder, signal);
    await save?.over;
    const all = [...("problems" in reading ? reading.problems : []), ...problems];
    if (all.length > 0) {
      this.refused.push(text);
      return;
    }
    this.#serving = digest;
    this.accepted.push(text);
  }

  #check(folder: string, signal: AbortSignal): Promise<ModuleCheck> {
    const before = this.#serving === undefined ? {} : { before: this.#store.pathOf(this.#serving) };
    return checkModules(folder, { entry: "src/plugin.ts", ...before, known: this.#known, signal });
  }
}
