import type { FolderEvent } from "./folder-watches.ts";

/** Who knows what happens in folders: the system, asked in one of several ways. To be disposed after its watches. */
export interface FolderSource extends Disposable {
  /**
   * What changes from now on is told, also while the watch is not in force yet; maybe as {@link LOOK_AGAIN}.
   *
   * @param before what this source gave for this path, which may lead to another folder by now. It is taken over, or ended.
   * @throws where it is known at once that this folder cannot be watched; `before` is ended then.
   */
  watch(path: string, before: FolderWatch | undefined): FolderWatch;
  /** Resolves when all that was asked for is in force, or refused. Never rejects. */
  readonly ready: Promise<void>;
}

/** One folder that is watched, until disposed. */
export interface FolderWatch extends Disposable {
  /** Otherwise {@link SourceListener.onWatched} or `onRefused` follows. */
  readonly isInForce: boolean;
}

/** Whom a {@link FolderSource} tells, of folders by their paths. One for all of them. */
export interface SourceListener {
  onEvent(path: string, event: FolderEvent): void;
  /** The watch is in force now. */
  onWatched(path: string): void;
  /** The watch is none, or no longer. */
  onRefused(path: string, error: unknown): void;
  /** None of the watches is one any longer, and there will be none. Not told of the end that is asked for. */
  onLost(reason: string): void;
}

/** Something may have happened in a folder, or to it, and nobody knows what. */
export const LOOK_AGAIN: FolderEvent = { name: undefined, isRename: true };
