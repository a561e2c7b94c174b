import { watch } from "node:fs";
import { basename } from "node:path";
import type { FolderSource, FolderWatch, SourceListener } from "../folder-source.ts";

/** By `fs.watch` of Node.js, a handle for each folder. It says nothing of whether a file is whole. */
export class NodeSource implements FolderSource {
  readonly ready = Promise.resolve();
  readonly #listener: SourceListener;
  readonly #watches = new Set<FolderWatch>();

  constructor(listener: SourceListener) {
    this.#listener = listener;
  }

  watch(path: string, before: FolderWatch | undefined): FolderWatch {
    before?.[Symbol.dispose]();
    const watcher = watch(path, (type, name) => this.#onEvent(path, type === "rename", name ?? undefined));
    const opened: FolderWatch = {
      isInForce: true,
      [Symbol.dispose]: () => {
        this.#watches.delete(opened);
        watcher.close();
      },
    };
    this.#watches.add(opened);
    watcher.on("error", (error) => {
      opened[Symbol.dispose]();
      this.#listener.onRefused(path, error);
    });
    return opened;
  }

  [Symbol.dispose](): void {
    for (const opened of this.#watches) opened[Symbol.dispose]();
  }

  #onEvent(path: string, isRename: boolean, name: string | undefined): void {
    // What happens to the folder itself comes under its own name, and may as well be an entry of that name.
    const isItself = isRename && name === basename(path);
    this.#listener.onEvent(path, { name: isItself ? undefined : name, isRename });
  }
}
