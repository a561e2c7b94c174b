import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DiskEvent } from "./disk-trace.ts";

/** What is written at once, and so is there or not: a sector. */
const SECTOR = 512;

type FileChange = { at: number; bytes: Buffer } | { size: number };

interface DiskFile {
  kind: "file";
  /** What is on the disk for sure. */
  bytes: Buffer;
  /** What may be, in its order. */
  pending: FileChange[];
  size: number;
}

interface DiskFolder {
  kind: "folder";
  /** As processes see it. */
  live: Map<string, DiskNode>;
  onDisk: Map<string, DiskNode>;
  /** Each wholly or not at all. */
  pending: { put?: [string, DiskNode]; take?: string }[];
}

type DiskNode = DiskFile | DiskFolder;

const newFile = (): DiskFile => ({ kind: "file", bytes: Buffer.alloc(0), pending: [], size: 0 });
const newFolder = (): DiskFolder => ({ kind: "folder", live: new Map(), onDisk: new Map(), pending: [] });

/**
 * A disk that loses its power: it has what was synced, and of the rest what chance has it. Writes are there or not, one by one, and the
 * last may be torn; names in a folder that was not synced are there up to some point. File systems promise more; this is the least.
 */
export class LosingDisk {
  readonly #root: string;
  readonly #folder = newFolder();
  readonly #syncing = new Map<number, { node: DiskNode; changes: number }>();

  /** @param root the folder that is looked at, which is there before. */
  constructor(root: string) {
    this.#root = root;
  }

  apply(event: DiskEvent): void {
    if (event.do === "print") return;
    if (event.do === "synced") return this.#synced(event.id);
    if (!event.path.startsWith(`${this.#root}/`) && event.path !== this.#root) return;
    const node = this.#find(event.path);
    if (event.do === "create") {
      const file = node ?? this.#put(event.path, newFile());
      if (event.truncates && file.kind === "file" && file.size > 0) change(file, { size: 0 });
    } else if (event.do === "folder") this.#put(event.path, newFolder());
    else if (event.do === "rename") this.#rename(event.path, event.to);
    else if (event.do === "remove") this.#take(event.path);
    else if (!node) return;
    else if (event.do === "sync") this.#syncing.set(event.id, { node, changes: node.pending.length });
    else if (node.kind === "folder") return;
    else if (event.do === "truncate") change(node, { size: event.size });
    else change(node, { at: event.at ?? node.size, bytes: event.bytes });
  }

  /** Writes what is left into a folder; `random` decides, from 0 to below 1. */
  loseTo(folder: string, random: () => number): void {
    // All, none, or some of it: what is all and what is none are states that chance would hardly find.
    const mood = random();
    const keeps = mood < 0.15 ? 0 : mood < 0.3 ? 1 : random();
    layOut(this.#folder, folder, { random, keeps });
  }

  #find(path: string): DiskNode | undefined {
    if (path === this.#root) return this.#folder;
    const folder = this.#find(dirname(path));
    return folder?.kind === "folder" ? folder.live.get(basename(path)) : undefined;
  }

  #parent(path: string): DiskFolder {
    const folder = this.#find(dirname(path));
    if (folder?.kind !== "folder") throw new Error(`There is no folder for ${path}`);
    return folder;
  }

  #put(path: string, node: DiskNode): DiskNode {
    const folder = this.#parent(path);
    folder.live.set(basename(path), node);
    folder.pending.push({ put: [basename(path), node] });
    return node;
  }

  #take(path: string): void {
    const folder = this.#parent(path);
    folder.live.delete(basename(path));
    folder.pending.push({ take: basename(path) });
  }

  #rename(path: string, to: string): void {
    const node = this.#find(path);
    if (!node) throw new Error(`There is no ${path} to rename`);
    const [from, into] = [this.#parent(path), this.#parent(to)];
    from.live.delete(basename(path));
    into.live.set(basename(to), node);
    if (from === into) from.pending.push({ take: basename(path), put: [basename(to), node] });
    else {
      into.pending.push({ put: [basename(to), node] });
      from.pending.push({ take: basename(path) });
    }
  }

  #synced(id: number): void {
    const begun = this.#syncing.get(id);
    if (!begun) return;
    const { node, changes } = begun;
    if (node.kind === "folder") for (const one of node.pending.splice(0, changes)) putOnDisk(node.onDisk, one);
    else for (const one of node.pending.splice(0, changes)) node.bytes = changed(node.bytes, one);
    // Another sync of the same may have begun before this one ended.
    for (const other of this.#syncing.values())
      if (other.node === node && other !== begun) other.changes = Math.max(0, other.changes - changes);
    this.#syncing.delete(id);
  }
}

interface Losing {
  random: () => number;
  keeps: number;
}

function layOut(folder: DiskFolder, path: string, losing: Losing): void {
  mkdirSync(path, { recursive: true });
  const entries = new Map(folder.onDisk);
  const most = Math.round(folder.pending.length * losing.keeps);
  for (const one of folder.pending.slice(0, most)) putOnDisk(entries, one);
  for (const [name, node] of entries) {
    if (node.kind === "folder") layOut(node, join(path, name), losing);
    // What SQLite shares between processes is no part of what it keeps: a start makes it anew.
    else if (!name.endsWith("-shm")) writeFileSync(join(path, name), leftOf(node, losing));
  }
}

function leftOf({ bytes, pending }: DiskFile, { random, keeps }: Losing): Buffer {
  let left = bytes;
  for (const one of pending) {
    if (random() >= keeps) continue;
    const isTorn = keeps < 1 && "bytes" in one && random() < 0.3;
    left = changed(left, isTorn ? torn(one, random) : one);
  }
  return left;
}

/** A part of it, from its beginning or to its end, in whole sectors of the disk. */
function torn({ at, bytes }: { at: number; bytes: Buffer }, random: () => number): FileChange {
  const cut = Math.min(bytes.length, Math.max(0, Math.floor((at + random() * bytes.length) / SECTOR) * SECTOR - at));
  return random() < 0.5 ? { at, bytes: bytes.subarray(0, cut) } : { at: at + cut, bytes: bytes.subarray(cut) };
}

function change(file: DiskFile, one: FileChange): void {
  file.pending.push(one);
  file.size = "size" in one ? one.size : Math.max(file.size, one.at + one.bytes.length);
}

function changed(bytes: Buffer, one: FileChange): Buffer {
  if ("size" in one)
    return one.size <= bytes.length
      ? bytes.subarray(0, one.size)
      : Buffer.concat([bytes, Buffer.alloc(one.size - bytes.length)]);
  if (one.bytes.length === 0) return bytes;
  const result = Buffer.alloc(Math.max(bytes.length, one.at + one.bytes.length));
  bytes.copy(result);
  one.bytes.copy(result, one.at);
  return result;
}

function putOnDisk(entries: Map<string, DiskNode>, { take, put }: DiskFolder["pending"][number]): void {
  if (take !== undefined) entries.delete(take);
  if (put) entries.set(...put);
}
