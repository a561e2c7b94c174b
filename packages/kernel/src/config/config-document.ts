import { type JsonValue, neutraliseLine } from "@berth/base";
import type { Problem } from "@berth/contract";
import { type ConfigNode, nodeAt, toValue } from "./config-node.ts";
import { type ConfigPath, formatPath } from "./config-path.ts";
import type { Place, SourceFile } from "./source-file.ts";

/** A hostile file may nest long names; a person reads a line. */
const LONGEST_PATH = 300;

/** Which part of an entry a problem is about. */
export type Part = "key" | "value";

/** A value that came, wholly or in part, from the environment. */
export interface Reference {
  /** Names of the variables, in order of appearance. */
  variables: readonly string[];
  /** Whether the string was one reference and nothing else; only then may it become a number or a boolean. */
  whole: boolean;
  /** Whether a variable was unset, and the string therefore left as it was written. */
  unset: boolean;
}

/** What {@link ConfigDocument} is made of. */
export interface DocumentParts {
  /** The files read: the document itself, then its overlay. */
  files: readonly string[];
  root: ConfigNode;
  problems: readonly Problem[];
  references?: ReadonlyMap<string, Reference>;
  /** Called once before the first look at a place, for parsers that give none. */
  preparePlaces: () => Promise<void>;
}

/** A configuration as it was read: plain data, what is wrong with it so far, and where each part of it was written. */
export class ConfigDocument {
  readonly files: readonly string[];
  /** @internal */
  readonly root: ConfigNode;
  /** What was wrong with syntax and references. A document with problems is still whole enough to be looked at. */
  readonly problems: readonly Problem[];
  /** Which values came from the environment, by {@link formatPath}. They may be secrets: never show them. */
  readonly references: ReadonlyMap<string, Reference>;
  readonly #preparePlaces: () => Promise<void>;
  #value: JsonValue | undefined;

  constructor(parts: DocumentParts) {
    this.files = parts.files;
    this.root = parts.root;
    this.problems = parts.problems;
    this.references = parts.references ?? new Map();
    this.#preparePlaces = parts.preparePlaces;
  }

  /** The file, as the user named it. */
  get file(): string {
    return this.files[0]!;
  }

  /** JSON data; maps have no prototype. The same object at every call. */
  get value(): JsonValue {
    this.#value ??= toValue(this.root);
    return this.#value;
  }

  /** Whether something is written at `path`, in any of the files. */
  has(path: ConfigPath): boolean {
    return nodeAt(this.root, path).found === path.length;
  }

  /**
   * Where `path` was written, in the overlay if it came from there. For a path that is not in the document, the deepest part of
   * it that is.
   */
  async locate(path: ConfigPath, part: Part = "value"): Promise<Place> {
    const { source, offset = 0 } = await this.#originOf(path, part);
    return source.place(offset);
  }

  /** A problem at `path`, with its place if there is a way to know it. Both are fit to be shown, whoever wrote the file. */
  async problemAt(path: ConfigPath, message: string, part: Part = "value"): Promise<Problem> {
    const { source, offset } = await this.#originOf(path, part);
    const place = offset === undefined ? { file: source.file } : source.place(offset);
    return { ...place, path: neutraliseLine(formatPath(path), LONGEST_PATH), message };
  }

  async #originOf(path: ConfigPath, part: Part): Promise<{ source: SourceFile; offset: number | undefined }> {
    await this.#preparePlaces();
    const { node, found } = nodeAt(this.root, path);
    const { source, key, value } = node.origin;
    const isWhole = found === path.length;
    // What is missing from a map is best shown where the map is named.
    const wantsKey = isWhole ? part === "key" : found > 0;
    return { source, offset: wantsKey ? (key ?? value) : (value ?? key) };
  }

  /** The same document with other contents or findings; places stay as they were. */
  with(changes: Partial<Pick<DocumentParts, "root" | "problems" | "references">>): ConfigDocument {
    const { files, root, problems, references } = this;
    return new ConfigDocument({ files, root, problems, references, ...changes, preparePlaces: this.#preparePlaces });
  }
}
