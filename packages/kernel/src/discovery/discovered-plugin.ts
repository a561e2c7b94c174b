import { neutraliseLine } from "@berth/base";
import { HostError, type Manifest, type Problem } from "@berth/contract";
import { isTable } from "../manifest/document.ts";
import type { IndexRecord } from "./index-format.ts";
import type { Root, Trust } from "./root.ts";

/** A plugin whose manifest is sound. Its code has not been looked at. */
export class DiscoveredPlugin {
  readonly name: string;
  readonly version: string;
  /** What the host knows it by: its name, or `NAME@VERSION` for a version that runs beside the one meant by the name. */
  readonly id: string;
  /** Absolute; what the manifest's paths start from. Not resolved: it may lead through a link. */
  readonly folder: string;
  /** Absolute. */
  readonly manifestFile: string;
  readonly root: Root;
  readonly #record: IndexRecord;
  #parsed: { manifest: Manifest; upgraded: readonly string[] } | undefined;

  constructor(record: IndexRecord, folder: string, root: Root, id: string = record.name) {
    this.name = record.name;
    this.version = record.version;
    this.id = id;
    this.folder = folder;
    this.manifestFile = record.path;
    this.root = root;
    this.#record = record;
  }

  /** The same plugin in another folder: a copy of its own. */
  movedTo(folder: string): DiscoveredPlugin {
    return new DiscoveredPlugin(this.#record, folder, this.root, this.id);
  }

  /** Another version of a plugin, which it is to replace. */
  inPlaceOf({ folder, id }: DiscoveredPlugin): DiscoveredPlugin {
    return new DiscoveredPlugin(this.#record, folder, this.root, id);
  }

  /** The same plugin as one that runs beside another version of it. */
  beside(): DiscoveredPlugin {
    return new DiscoveredPlugin(this.#record, this.folder, this.root, `${this.name}@${this.version}`);
  }

  /** Given by the operator with the root. */
  get trust(): Trust {
    return this.root.trust;
  }

  /** The manifest, defaults filled in. Decoded at first use: most starts need few of many. */
  get manifest(): Manifest {
    return this.#reading().manifest;
  }

  /** What of the manifest was translated from the repeater's form, in sentences. */
  get notes(): readonly string[] {
    return this.#reading().upgraded;
  }

  #reading(): { manifest: Manifest; upgraded: readonly string[] } {
    this.#parsed ??= parseReading(this.#record.body, this);
    return this.#parsed;
  }
}

/** A plugin that cannot be used, with everything that is wrong with it. */
export interface BrokenPlugin {
  folder: string;
  root: Root;
  problems: Problem[];
  /** `MANIFEST_INVALID`, for logs and audit. */
  error: HostError;
}

export function brokenPlugin(folder: string, root: Root, problems: Problem[]): BrokenPlugin {
  const what = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  const message = `Cannot use the plugin in "${neutraliseLine(folder)}": its manifest has ${what}`;
  const details = { problems: problems.map((problem) => ({ ...problem })) };
  return { folder, root, problems, error: new HostError("MANIFEST_INVALID", message, { details }) };
}

/** The problems in a record's body, in `file`; `undefined` if it is not what this module writes. */
export function parseProblems(body: string | Uint8Array, file: string): Problem[] | undefined {
  const parsed = parseBody(body);
  if (!Array.isArray(parsed) || parsed.length === 0 || !parsed.every(isProblem)) return undefined;
  return parsed.map((problem) => Object.assign(problem, { file }));
}

function isProblem(value: unknown): value is Omit<Problem, "file"> {
  if (!isTable(value)) return false;
  const { line, column, path, message } = value;
  const isPlace = (number: unknown): boolean => number === undefined || Number.isInteger(number);
  return typeof path === "string" && typeof message === "string" && isPlace(line) && isPlace(column);
}

/**
 * A body was checked by the schema before it was written, and the index has a checksum. This look tells an index that was made
 * by something else, cheaply.
 */
function parseReading(
  body: string | Uint8Array,
  plugin: DiscoveredPlugin,
): { manifest: Manifest; upgraded: readonly string[] } {
  const parsed = parseBody(body);
  const { manifest, upgraded = [] } = isTable(parsed) ? parsed : {};
  const sections = ["plugin", "provides", "runtime", "config", "dependencies", "permissions", "limits"];
  const isWhole = isTable(manifest) && sections.every((section) => isTable(manifest[section]));
  const about = isWhole ? (manifest["plugin"] as Record<string, unknown>) : {};
  if (about["name"] !== plugin.name || about["version"] !== plugin.version || !Array.isArray(upgraded)) {
    const message = `Cannot use the index of plugins: its entry for "${neutraliseLine(plugin.manifestFile)}" is not Berth's; delete the index`;
    throw new HostError("MANIFEST_INVALID", message);
  }
  return { manifest: manifest as Manifest, upgraded: upgraded.map(String) };
}

/** The JSON in a record's body; `undefined` for anything else. */
export function parseBody(body: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
}
