import { getSystemErrorName } from "node:util";
import { errorMessage, systemClock } from "@berth/base";
import { type FolderSource, type FolderWatch, LOOK_AGAIN, type SourceListener } from "../folder-source.ts";
import type { WatcherProcess } from "./watcher-process.ts";
import { isSayable, type WatchNews, type WatchRequest } from "./watcher-words.ts";

/** Starting a process takes milliseconds of the thread, of which a host that starts has better use. Nothing is missed meanwhile. */
const START_AFTER_MS = 20;

/** What {@link ProgramSource} needs. */
export interface ProgramSourceOptions {
  /** Where `watcher.c` was compiled to. */
  program: string;
  listener: SourceListener;
}

/**
 * By the program `watcher.c`, one process for all folders: it knows when a file is whole. What changes before it watches it finds by the
 * times of files, and tells as {@link LOOK_AGAIN}.
 */
export class ProgramSource implements FolderSource {
  readonly #options: ProgramSourceOptions;
  readonly #watches = new Map<number, ProgramWatch>();
  #lastId = 0;
  /** What is not sent yet, by number: those to forget have no path. */
  #unsent = new Map<number, WatchRequest>();
  #starting: Disposable | undefined;
  #process: WatcherProcess | undefined;
  #isOver = false;
  /** Requests without an answer, sent or not; and who waits for there being none. */
  #unanswered = 0;
  #settled: PromiseWithResolvers<void> | undefined;

  constructor(options: ProgramSourceOptions) {
    this.#options = options;
    // By the clock of the machine, as all of this: neither processes nor the times of files go by another one.
    this.#starting = systemClock.setTimer(() => void this.#start(), START_AFTER_MS);
  }

  get ready(): Promise<void> {
    if (this.#unanswered === 0 || this.#isOver) return Promise.resolve();
    this.#settled ??= Promise.withResolvers();
    return this.#settled.promise;
  }

  watch(path: string, before: FolderWatch | undefined): FolderWatch {
    if (!isSayable(path)) {
      before?.[Symbol.dispose]();
      throw Object.assign(new Error("The path is too long, or none"), { code: "ENAMETOOLONG" });
    }
    const watch = this.#known(before) ?? this.#open(path);
    // Of two requests the first has the earlier time.
    if (this.#unsent.has(watch.id)) return watch;
    watch.isInForce = false;
    watch.unanswered++;
    this.#unanswered++;
    this.#ask({ id: watch.id, path, sinceMs: systemClock.now() });
    return watch;
  }

  /** Also one that is forgotten already. */
  forget(id: number): void {
    if (!this.#watches.delete(id)) return;
    if (this.#unsent.has(id)) this.#answered();
    this.#ask({ id });
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#starting?.[Symbol.dispose]();
    this.#process?.[Symbol.dispose]();
    this.#watches.clear();
    this.#unsent.clear();
    this.#settled?.resolve();
  }

  #known(before: FolderWatch | undefined): ProgramWatch | undefined {
    const watch = before as ProgramWatch | undefined;
    return watch && this.#watches.get(watch.id);
  }

  #open(path: string): ProgramWatch {
    const id = ++this.#lastId;
    const watch = new ProgramWatch(id, path, this);
    this.#watches.set(id, watch);
    return watch;
  }

  #ask(request: WatchRequest): void {
    if (this.#process && this.#unsent.size === 0) queueMicrotask(() => this.#send());
    this.#unsent.set(request.id, request);
  }

  #send(): void {
    if (this.#isOver || this.#unsent.size === 0) return;
    this.#process!.send([...this.#unsent.values()]);
    this.#unsent = new Map();
  }

  /** Never rejects. */
  async #start(): Promise<void> {
    try {
      const { WatcherProcess } = await import("./watcher-process.ts");
      if (this.#isOver) return;
      this.#process = new WatcherProcess(this.#options.program, {
        onNews: (news) => this.#hear(news),
        onEnd: (reason) => this.#lose(reason),
      });
      this.#send();
    } catch (error) {
      this.#lose(errorMessage(error));
    }
  }

  #hear(news: WatchNews): void {
    const { listener } = this.#options;
    if (news.kind === "missed") {
      for (const { path } of this.#watches.values()) listener.onEvent(path, LOOK_AGAIN);
      return;
    }
    const watch = this.#watches.get(news.id);
    if (news.kind === "event") {
      if (watch) listener.onEvent(watch.path, news.event);
      return;
    }
    this.#answered();
    // Asked for once more in the meantime: that answer counts.
    if (!watch || --watch.unanswered > 0) return;
    if (news.kind === "refused") return this.#refuse(watch, news.errno);
    watch.isInForce = true;
    listener.onWatched(watch.path);
  }

  #refuse({ id, path }: ProgramWatch, errno: number): void {
    this.#watches.delete(id);
    const code = getSystemErrorName(-errno);
    this.#options.listener.onRefused(path, Object.assign(new Error(`inotify_add_watch: ${code}`), { code }));
  }

  #answered(): void {
    this.#unanswered--;
    if (this.#unanswered > 0) return;
    this.#settled?.resolve();
    this.#settled = undefined;
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this[Symbol.dispose]();
    this.#options.listener.onLost(reason);
  }
}

/** A class, and no closure: there are thousands of them. */
class ProgramWatch implements FolderWatch {
  readonly id: number;
  readonly path: string;
  isInForce = false;
  /** Requests without an answer. */
  unanswered = 0;
  readonly #source: ProgramSource;

  constructor(id: number, path: string, source: ProgramSource) {
    this.id = id;
    this.path = path;
    this.#source = source;
  }

  [Symbol.dispose](): void {
    this.#source.forget(this.id);
  }
}
