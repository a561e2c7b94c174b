import type { SceneNode } from "@berth/sdk";
import type { Area } from "../draw/area.ts";
import { place, text } from "../draw/nodes.ts";
import { textWidth } from "../draw/text-width.ts";

export interface LabelOptions {
  size: number;
  weight?: number;
  color: string;
}

/** The small texts of a chart. A label that would touch another one, or leave the chart, is moved or left out. */
export class LabelBoard {
  readonly nodes: SceneNode[] = [];
  readonly #bounds: Area;
  readonly #gap: number;
  readonly #taken: Area[] = [];

  constructor(bounds: Area, gap: number) {
    this.#bounds = bounds;
    this.#gap = gap;
  }

  /** Where a label of this text would be when centred on `x`, pushed back inside at the sides. */
  centred(label: string, x: number, y: number, { size, weight = 400 }: LabelOptions): Area {
    const width = Math.min(textWidth(label, size, weight) * 1.04 + 4, this.#bounds.width);
    const left = Math.min(Math.max(x - width / 2, this.#bounds.x), this.#bounds.x + this.#bounds.width - width);
    return { x: left, y, width, height: size * 1.25 };
  }

  /** Draws the label at the first of the areas that is free; `false` when none is. */
  put(
    label: string,
    areas: readonly Area[],
    options: LabelOptions,
    align: "left" | "center" | "right" = "center",
  ): boolean {
    const free = areas.find((area) => this.#isInside(area) && !this.#taken.some((other) => this.#touch(area, other)));
    if (!free || label === "") return false;
    this.#taken.push(free);
    const words = text(label, { ...options, align, tabular: true, style: { width: "100%" } });
    this.nodes.push(place(free, { justifyContent: "center" }, [words]));
    return true;
  }

  /** Keeps labels away from something that is drawn there. */
  reserve(area: Area): void {
    this.#taken.push(area);
  }

  #isInside({ x, y, width, height }: Area): boolean {
    const bounds = this.#bounds;
    const right = bounds.x + bounds.width + 0.5;
    return (
      x >= bounds.x - 0.5 && x + width <= right && y >= bounds.y - 0.5 && y + height <= bounds.y + bounds.height + 0.5
    );
  }

  #touch(a: Area, b: Area): boolean {
    const apart = a.x + a.width + this.#gap <= b.x || b.x + b.width + this.#gap <= a.x;
    return !apart && a.y < b.y + b.height && b.y < a.y + a.height;
  }
}

/** Which of `count` labels of at most `width` fit on an axis of `length`: every first, second, fifth … so that they read evenly. */
export function everyNth(count: number, width: number, length: number): number {
  const fit = Math.max(1, Math.floor(length / Math.max(1, width)));
  const steps = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 48, 50, 60, 100, 120, 200, 250, 500, 1_000];
  return steps.find((step) => Math.ceil(count / step) <= fit) ?? count;
}

/** Of the ways to label every `least`th point or fewer, the one that hits the most full hours: 10:00 reads better than 09:55. */
export function roundLabels(labels: readonly string[], least: number): { first: number; step: number } {
  let best = { first: 0, step: least, score: 0.7 };
  for (let step = least; step <= least * 2 && step < labels.length; step++) {
    for (let first = 0; first < step; first++) {
      const chosen = labels.filter((_, index) => index >= first && (index - first) % step === 0);
      const score = chosen.length < 2 ? 0 : chosen.reduce((sum, label) => sum + roundness(label), 0) / chosen.length;
      if (score > best.score + 1e-9) best = { first, step, score };
    }
  }
  return best;
}

function roundness(label: string): number {
  if (/(?:^|\D)\d{1,2}:00$/.test(label)) return 1;
  return /(?:^|\D)\d{1,2}:30$/.test(label) ? 0.85 : 0;
}
