import { watch } from "node:fs";
import { basename, dirname, extname } from "node:path";
import { type Clock, SerialQueue } from "@berth/base";
import type { HeldConfig } from "@berth/kernel/config";
import type { ConfigChangeReport } from "./config-changes.ts";

/** What {@link watchConfig} needs. */
export interface WatchConfigOptions {
  /** Absolute. Overlays beside it count as well. */
  file: string;
  /** Reads and checks the file. */
  load(): Promise<HeldConfig>;
  apply(next: HeldConfig): Promise<ConfigChangeReport>;
  /** Hears of a file that cannot be used. */
  refuse(error: unknown): void;
  clock: Clock;
}

/** Editors write a file in several steps. */
const QUIET_MS = 100;

/** Applies a configuration file whenever it changes, until disposed; what is under way then is waited for. */
export function watchConfig(options: WatchConfigOptions): AsyncDisposable {
  const { file, clock } = options;
  const turns = new SerialQueue();
  const extension = extname(file);
  const stem = basename(file, extension);
  let isOver = false;
  let quiet: Disposable | undefined;
  const read = async (): Promise<void> => {
    if (isOver) return;
    try {
      await options.apply(await options.load());
    } catch (error) {
      options.refuse(error);
    }
  };
  // The folder, because a file that is replaced by another is not the file that was watched.
  const watcher = watch(dirname(file), { persistent: false }, (_, name) => {
    if (name !== null && !(name.startsWith(stem) && name.endsWith(extension))) return;
    quiet?.[Symbol.dispose]();
    quiet = clock.setTimer(() => void turns.run(read), QUIET_MS);
  });
  watcher.on("error", (error) => options.refuse(error));
  return {
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      quiet?.[Symbol.dispose]();
      watcher.close();
      await turns.run(() => undefined);
    },
  };
}
