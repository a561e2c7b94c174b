import { lstatSync } from "node:fs";
import type { FolderEvent } from "./folder-watches.ts";
import type { Trace } from "./settler.ts";

/** What somebody may be in the midst of writing, and whether it came in the same save. */
interface Unfinished {
  trace: "written" | "unknown";
  isNew: boolean;
}

/**
 * Which files of a save may not be written to their end. A file that was put in its place by a rename is whole, and so is one that was
 * closed, where the system tells of that; of all others nobody knows.
 */
export class UnfinishedFiles {
  readonly #files = new Map<string, Unfinished>();

  /** @returns what is known of all that has changed, this file included. */
  note(path: string, { isRename, state }: FolderEvent): Trace {
    const before = this.#files.get(path);
    const trace = state ?? (isRename ? look(path) : (before?.trace ?? "unknown"));
    if (trace === "written" || trace === "unknown") {
      this.#files.set(path, { trace, isNew: before?.isNew ?? isRename });
      return this.#all();
    }
    this.#files.delete(path);
    if (trace === "gone") return trace;
    // One that was made just now is mostly to be renamed in a moment.
    const all = this.#all();
    return all === "whole" && before?.isNew === true && !isRename ? "fresh" : all;
  }

  /** The save is over: what may be unfinished all the same is found out by what is in it. */
  clear(): void {
    this.#files.clear();
  }

  #all(): Trace {
    let all: Trace = "whole";
    for (const { trace } of this.#files.values()) {
      if (trace === "written") return trace;
      all = trace;
    }
    return all;
  }
}

/** A rename changes the times of the file itself and not of its content; whoever writes changes both at once. */
function look(path: string): Trace {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return "gone";
  return !stat.isDirectory() && stat.ctimeNs > stat.mtimeNs ? "whole" : "unknown";
}
