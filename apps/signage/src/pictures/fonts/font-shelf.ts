import { readFile } from "node:fs/promises";
import { errorMessage } from "@berth/base";
import type { Renderer as Engine } from "@takumi-rs/core";
import { fontCoverage } from "./font-coverage.ts";
import { INTER_WEIGHTS, type InterSubset, interSubsets, readInter } from "./inter-subsets.ts";

/** A subset of Inter with the characters it really has, which are fewer than its ranges say. */
interface Shelved extends InterSubset {
  covered?: Set<number>;
  registered?: Promise<void>;
}

/**
 * The fonts of one engine. Latin is there from the start; other scripts are registered when a picture first writes them. Fonts
 * of the operator come after Inter, for scripts it does not have.
 */
export class FontShelf {
  readonly #engine: Engine;
  readonly #subsets: Shelved[];
  readonly #extra: Set<number>;

  private constructor(engine: Engine, subsets: Shelved[], extra: Set<number>) {
    this.#engine = engine;
    this.#subsets = subsets;
    this.#extra = extra;
  }

  static async open(
    engine: Engine,
    extraFonts: readonly string[],
    warn: (message: string) => void,
  ): Promise<FontShelf> {
    const subsets: Shelved[] = await interSubsets();
    const shelf = new FontShelf(engine, subsets, new Set());
    await shelf.#register(subsets[0]!);
    for (const path of extraFonts) await shelf.#registerExtra(path, warn);
    return shelf;
  }

  /** Registers what `characters` need, and gives those that no font has. */
  async provide(characters: Iterable<number>): Promise<Set<number>> {
    const missing = new Set<number>();
    for (const character of characters) {
      if (character !== SPACE && !(await this.#serve(character)) && !this.#extra.has(character)) missing.add(character);
    }
    return missing;
  }

  async #serve(character: number): Promise<boolean> {
    for (const subset of this.#subsets) {
      if (!subset.ranges.some(([from, to]) => character >= from && character <= to)) continue;
      subset.covered ??= fontCoverage(await readInter(subset.name, 400));
      if (!subset.covered.has(character)) continue;
      await this.#register(subset);
      return true;
    }
    return false;
  }

  #register(subset: Shelved): Promise<void> {
    subset.registered ??= this.#registerWeights(subset);
    return subset.registered;
  }

  async #registerWeights({ name, ranges }: InterSubset): Promise<void> {
    for (const weight of INTER_WEIGHTS) {
      const data = await readInter(name, weight);
      await this.#engine.registerFont({ name: "Inter", weight, style: "normal", data, unicodeRange: ranges });
    }
  }

  /** A font that cannot be read costs a warning, never the picture. */
  async #registerExtra(path: string, warn: (message: string) => void): Promise<void> {
    try {
      const data = await readFile(path);
      const covered = fontCoverage(data);
      await this.#engine.registerFont({ data });
      for (const character of covered) this.#extra.add(character);
    } catch (error) {
      warn(`Cannot use the font ${path}: ${errorMessage(error)}`);
    }
  }
}

const SPACE = 0x20;
