import { JsonView, type PluginContext } from "@berth/sdk";
import { type Figures, memoryShare } from "./figures.ts";

/** What is kept of one run for the charts; `null` when it was not known. */
export type Sample = {
  /** Milliseconds since 1970. */
  at: number;
  cpu: number | null;
  memory: number | null;
  load: number | null;
};

/** The last samples of an instance, over restarts of the host too. */
export class History {
  readonly #ctx: PluginContext;
  readonly #most: number;
  #samples: Sample[] | undefined;

  constructor(ctx: PluginContext, most: number) {
    this.#ctx = ctx;
    this.#most = most;
  }

  /** Adds what was read and gives all that is kept, oldest first. */
  async add(figures: Figures): Promise<readonly Sample[]> {
    const kept = await this.#ctx.store.get(this.#key);
    // Read once: two runs that overlap then write one list, and neither loses the other's sample.
    this.#samples ??= toSamples(new JsonView(kept));
    this.#samples = [...this.#samples, toSample(figures, this.#ctx.now())].slice(-this.#most);
    await this.#ctx.store.set(
      this.#key,
      this.#samples.map((sample) => ({ ...sample })),
    );
    return this.#samples;
  }

  get #key(): string {
    return `history:${this.#ctx.instanceId}`.slice(0, 512);
  }
}

function toSample(figures: Figures, at: number): Sample {
  return {
    at,
    cpu: rounded(figures.cpu),
    memory: rounded(memoryShare(figures.memory)),
    load: rounded(figures.load?.[0]),
  };
}

/** Three decimals: what is kept is drawn, not calculated with. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 1_000) / 1_000;
}

function toSamples(kept: JsonView): Sample[] {
  return kept.list([], 2_000).flatMap((sample) => {
    const at = sample.number("at");
    const figure = (name: string): number | null => sample.number(name) ?? null;
    if (at === undefined) return [];
    return { at, cpu: figure("cpu"), memory: figure("memory"), load: figure("load") };
  });
}
