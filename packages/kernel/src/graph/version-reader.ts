import Range from "semver/classes/range.js";
import SemVer from "semver/classes/semver.js";

/** Reads each version and each range once: a graph asks the same ones thousands of times. */
export class VersionReader {
  readonly #versions = new Map<string, SemVer>();
  readonly #ranges = new Map<string, Range | undefined>();

  /** A preview of a version counts as that version. A range that is none fits nothing. */
  fits(version: string, range: string): boolean {
    return this.#range(range)?.test(this.#version(version)) ?? false;
  }

  /** The better one first: a release before a preview, then the higher. */
  compare(a: string, b: string): number {
    const [left, right] = [this.#version(a), this.#version(b)];
    const isPreview = Number(left.prerelease.length > 0) - Number(right.prerelease.length > 0);
    return isPreview === 0 ? right.compare(left) : isPreview;
  }

  #version(text: string): SemVer {
    let version = this.#versions.get(text);
    if (version === undefined) this.#versions.set(text, (version = new SemVer(text)));
    return version;
  }

  #range(text: string): Range | undefined {
    if (!this.#ranges.has(text)) this.#ranges.set(text, readRange(text));
    return this.#ranges.get(text);
  }
}

function readRange(text: string): Range | undefined {
  try {
    return new Range(text, { includePrerelease: true });
  } catch {
    return undefined;
  }
}
