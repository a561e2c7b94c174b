import type { FolderEvent } from "../folder-watches.ts";

/** What `watcher.c` tells: its `enum news_kind`. */
const CHANGED = 1;
const RENAMED = 2;
const WRITTEN = 3;
const CLOSED = 4;
const PLACED = 5;
const WATCHED = 6;
const REFUSED = 7;
const MISSED = 8;

/** As `watcher.c` has it, with the zero byte at the end. */
const MOST_PATH_BYTES = 4_096;
const REQUEST_BYTES = 16;
const NEWS_BYTES = 12;
/** No file system has longer names. */
const MOST_NAME_BYTES = 1_024;

/** A folder to watch, or without a path one to forget. */
export interface WatchRequest {
  id: number;
  path?: string;
  /** Since when changes are news, by the clock of the machine. */
  sinceMs?: number;
}

/** Of one folder: something happened in it, or a request was answered. Of all: something was missed. */
export type WatchNews =
  | { kind: "event"; id: number; event: FolderEvent }
  | { kind: "watched"; id: number }
  | { kind: "refused"; id: number; errno: number }
  | { kind: "missed" };

/** Whether a request can say it, as the system could take it. */
export function isSayable(path: string): boolean {
  return !path.includes("\0") && Buffer.byteLength(path) < MOST_PATH_BYTES;
}

export function encodeRequests(requests: readonly WatchRequest[]): Buffer {
  const bytesOf = ({ path }: WatchRequest): number => (path === undefined ? 0 : Buffer.byteLength(path) + 1);
  const size = requests.reduce((sum, request) => sum + REQUEST_BYTES + bytesOf(request), 0);
  const bytes = Buffer.alloc(size);
  let at = 0;
  for (const request of requests) {
    const length = bytesOf(request);
    bytes.writeUInt32LE(request.id, at);
    bytes.writeUInt32LE(length, at + 4);
    bytes.writeDoubleLE(request.sinceMs ?? 0, at + 8);
    at += REQUEST_BYTES;
    if (request.path !== undefined) bytes.write(request.path, at);
    at += length;
  }
  return bytes;
}

/**
 * @returns how many bytes were read: the rest is the beginning of more.
 * @throws where they are not what `watcher.c` says.
 */
export function readNews(bytes: Buffer, take: (news: WatchNews) => void): number {
  let at = 0;
  while (bytes.length - at >= NEWS_BYTES) {
    const [id, kind, value] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8)];
    const length = kind === REFUSED ? 0 : value;
    if (length > MOST_NAME_BYTES) throw new Error("What it says is none of its words");
    const end = at + NEWS_BYTES + length;
    if (end > bytes.length) break;
    take(newsOf(kind, id, value, bytes.toString("utf8", at + NEWS_BYTES, end)));
    at = end;
  }
  return at;
}

function newsOf(kind: number, id: number, value: number, text: string): WatchNews {
  if (kind === WATCHED) return { kind: "watched", id };
  if (kind === REFUSED) return { kind: "refused", id, errno: value };
  if (kind === MISSED) return { kind: "missed" };
  return { kind: "event", id, event: eventOf(kind, text === "" ? undefined : text) };
}

function eventOf(kind: number, name: string | undefined): FolderEvent {
  switch (kind) {
    case CHANGED:
      return { name, isRename: false };
    case RENAMED:
      return { name, isRename: true };
    case WRITTEN:
      return { name, isRename: false, state: "written" };
    case CLOSED:
      return { name, isRename: false, state: "whole" };
    case PLACED:
      return { name, isRename: true, state: "whole" };
    default:
      throw new Error("What it says is none of its words");
  }
}
