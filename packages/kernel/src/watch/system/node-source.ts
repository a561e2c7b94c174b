import { type FSWatcher, watch } from "node:fs";
import { basename } from "node:path";
import type { FolderSource, FolderWatch, SourceListener } from "../folder-source.ts";

/** By `fs.watch` of Node.js, a handle for each folder. It says nothing of whether a file is whole. */
export class NodeSource implements FolderSource {
  readonly ready = Promise.resolve();
  readonly #listener: SourceListener;

  constructor(listener: SourceListener) {
    this.#listener = listener;
  }

  watch(path: string, before: FolderWatch | undefined): FolderWatch {
    before?.[Symbol.dispose]();
    const watcher = watch(path, (type, name) => this.#onEvent(path, type === "rename", name ?? undefined));
    watcher.on("error", (error) => {
      watcher.close();
      this.#listener.onRefused(path, error);
    });
    return new NodeWatch(watcher);
  }

  /** All it has are its watches, which have their owner. */
  [Symbol.dispose](): void {}

  #onEvent(path: string, isRename: boolean, name: string | undefined): void {
    // What happens to the folder itself comes under its own name, and may as well be an entry of that name.
    const isItself = isRename && name === basename(path);
    this.#listener.onEvent(path, { name: isItself ? undefined : name, isRename });
  }
}

class NodeWatch implements FolderWatch {
  readonly #watcher: FSWatcher;

  constructor(watcher: FSWatcher) {
    this.#watcher = watcher;
  }

  get isInForce(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}
