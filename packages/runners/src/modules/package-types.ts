import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { readInside } from "./read-inside.ts";

const MOST_BYTES = 2 ** 20;

/** What a package says of its `.js` and `.ts` files; `none` when it does not, `other` when Node.js is to find out. */
export type PackageType = "module" | "none" | "other";

/** What the packages of a plugin's own say; those above its folder have no say. */
export class PackageTypes {
  readonly #folder: string;
  readonly #known = new Map<string, PackageType>();

  /** @param folder absolute and without links. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param path of a file, below the folder. */
  of(path: string): PackageType {
    return this.#at(posix.dirname(path));
  }

  #at(below: string): PackageType {
    let type = this.#known.get(below);
    if (type === undefined) {
      type = typeIn(this.#folder, below) ?? (below === "." ? "none" : this.#at(posix.dirname(below)));
      this.#known.set(below, type);
    }
    return type;
  }
}

function typeIn(folder: string, below: string): PackageType | undefined {
  const path = posix.join(below, "package.json");
  if (!existsSync(join(folder, path))) return undefined;
  try {
    const said: unknown = JSON.parse(readInside(folder, path, MOST_BYTES) ?? "");
    const type = typeof said === "object" && said !== null && "type" in said ? said.type : undefined;
    return type === undefined ? "none" : type === "module" ? "module" : "other";
  } catch {
    return "other"; // Node.js says what is wrong with it.
  }
}
