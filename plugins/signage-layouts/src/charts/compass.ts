import type { SceneNode } from "@berth/sdk";
import { round } from "../draw/nodes.ts";
import { circlePath } from "../draw/paths.ts";
import type { Theme } from "../draw/theme.ts";

/** A small compass whose needle points to `degrees` clockwise from north. */
export function compass(theme: Theme, size: number, degrees: number): SceneNode {
  const centre = { x: size / 2, y: size / 2 };
  const turn = (angle: number, radius: number): string => {
    const radians = ((degrees + angle) * Math.PI) / 180;
    return `${round(centre.x + radius * Math.sin(radians))} ${round(centre.y - radius * Math.cos(radians))}`;
  };
  const tip = size * 0.36;
  return {
    type: "vector",
    width: round(size),
    height: round(size),
    shapes: [
      { path: circlePath(centre, size * 0.46), stroke: theme.soft, strokeWidth: round(size * 0.07) },
      {
        path: `M${turn(0, tip)}L${turn(142, tip * 0.85)}L${turn(180, tip * 0.35)}L${turn(218, tip * 0.85)}Z`,
        fill: theme.text,
      },
    ],
  };
}
