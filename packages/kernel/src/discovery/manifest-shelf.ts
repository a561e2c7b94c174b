import { errorMessage, neutraliseLine } from "@berth/base";
import type { Problem } from "@berth/contract";
import { MAX_MANIFEST_BYTES, tooLarge } from "../manifest/manifest-file.ts";
import type { ManifestReader } from "../manifest/read-manifest.ts";
import type { Candidate } from "./candidates.ts";
import { type BrokenPlugin, brokenPlugin, DiscoveredPlugin, parseBody, parseProblems } from "./discovered-plugin.ts";
import type { FileStat, FileSystem } from "./file-system.ts";
import type { IndexRecord } from "./index-format.ts";
import { signatureAt, type StoredIndex } from "./index-store.ts";
import {
  checkManifestPath,
  MAX_PACKAGE_JSON_BYTES,
  NO_PLUGIN,
  type PackageAnswer,
  readPackageJson,
} from "./package-json.ts";
import { type Root, shownPath } from "./root.ts";

/** So many manifests are read at a stretch before timers, signals and input get their turn. */
const READS_PER_TURN = 64;

/** What is known of manifests: taken from the index while it holds, read again when not, and kept for the next index. */
export class ManifestShelf {
  /** What the next index will say. */
  readonly records: IndexRecord[] = [];
  fromIndex = 0;
  read = 0;
  readonly #files: FileSystem;
  readonly #stored: StoredIndex;
  readonly #startedMs: number;
  #reader: ManifestReader | undefined;
  #hasNews = false;

  constructor(files: FileSystem, stored: StoredIndex, startedMs: number) {
    this.#files = files;
    this.#stored = stored;
    this.#startedMs = startedMs;
  }

  /** Whether the next index differs from the last one. */
  get hasChanged(): boolean {
    return this.#hasNews || this.records.length !== this.#stored.count;
  }

  /** What the index says of the candidate, if it is still true. Reads no file. */
  take(candidate: Candidate, root: Root): DiscoveredPlugin | BrokenPlugin | undefined {
    const { folder, file, stat, fault } = candidate;
    if (fault !== undefined || stat === undefined) return undefined;
    const record = this.#stored.find(file, stat);
    const known = record && open(record, folder, root);
    if (known === undefined) return undefined;
    this.fromIndex++;
    this.records.push(record!);
    return known;
  }

  /** Reads the candidate's manifest. The parser and the schema are loaded here, at the first that is read. */
  async readAfresh(
    { folder, file, stat, fault }: Candidate,
    root: Root,
    signal?: AbortSignal,
  ): Promise<DiscoveredPlugin | BrokenPlugin> {
    const broken = (message: string): BrokenPlugin =>
      brokenPlugin(folder, root, [{ file: shownPath(root, file), path: "", message: neutraliseLine(message) }]);
    if (fault !== undefined) return broken(fault);
    if (stat === undefined) return broken("is missing");
    if (!stat.isFile()) return broken(`must be a regular file, is ${kindOf(stat)}`);
    await this.#turn(signal);
    let content: Uint8Array;
    try {
      content = this.#files.read(file, stat, MAX_MANIFEST_BYTES);
    } catch (error) {
      return broken(`cannot be read: ${errorMessage(error)}`);
    }
    const record = await this.#recordOf(file, stat, content);
    this.#keep(record);
    return open(record, folder, root) ?? broken("cannot be used");
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.read++ % READS_PER_TURN !== 0) return;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }

  #keep(record: IndexRecord): void {
    this.records.push(record);
    this.#hasNews = true;
  }

  /** What a `package.json` says about a manifest, from the index or from the file. One that cannot be read says nothing. */
  packageAnswer(file: string, stat: FileStat): PackageAnswer {
    const known = this.#stored.find(file, stat);
    const answer = known?.kind === "package" ? parseAnswer(known.body) : undefined;
    if (answer !== undefined) {
      this.fromIndex++;
      this.records.push(known!);
      return answer;
    }
    this.read++;
    return this.#readPackage(file, stat);
  }

  #readPackage(file: string, stat: FileStat): PackageAnswer {
    let content: Uint8Array;
    try {
      content = this.#files.read(file, stat, MAX_PACKAGE_JSON_BYTES);
    } catch {
      return NO_PLUGIN;
    }
    const answer = readPackageJson(content);
    const signature = signatureAt(stat, this.#startedMs);
    this.#keep({ path: file, signature, kind: "package", name: "", version: "", body: JSON.stringify(answer) });
    return answer;
  }

  async #recordOf(path: string, stat: FileStat, content: Uint8Array): Promise<IndexRecord> {
    this.#reader ??= new (await import("../manifest/read-manifest.ts")).ManifestReader();
    const reading =
      content.length > MAX_MANIFEST_BYTES
        ? { problems: [tooLarge(Math.max(stat.size, content.length), "")] }
        : await this.#reader.read(content, "");
    const signature = signatureAt(stat, this.#startedMs);
    if ("problems" in reading) {
      const body = JSON.stringify(reading.problems.map(withoutFile));
      return { path, signature, kind: "problems", name: "", version: "", body };
    }
    const { name, version } = reading.manifest.plugin;
    return { path, signature, kind: "manifest", name, version, body: JSON.stringify(reading) };
  }
}

/** Cold and warm starts come through here alike, so that both see the same. */
function open(record: IndexRecord, folder: string, root: Root): DiscoveredPlugin | BrokenPlugin | undefined {
  if (record.kind === "manifest") return new DiscoveredPlugin(record, folder, root);
  const problems = record.kind === "problems" ? parseProblems(record.body, shownPath(root, record.path)) : undefined;
  return problems && brokenPlugin(folder, root, problems);
}

function parseAnswer(body: string | Uint8Array): PackageAnswer | undefined {
  const { manifest, fault } = Object(parseBody(body)) as Record<string, unknown>;
  if (manifest === "") return NO_PLUGIN;
  if (manifest !== undefined) return checkManifestPath(manifest);
  return typeof fault === "string" ? { fault } : undefined;
}

function withoutFile({ line, column, path, message }: Problem): Omit<Problem, "file"> {
  return { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }), path, message };
}

function kindOf(stat: FileStat): string {
  if (stat.isSymbolicLink()) return "a symbolic link";
  return stat.isDirectory() ? "a folder" : "something else";
}
