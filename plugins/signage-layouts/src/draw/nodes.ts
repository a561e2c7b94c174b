import type { SceneNode, SceneStyle, VectorShape } from "@berth/sdk";
import type { Area } from "./area.ts";

/** Short words for the nodes of a scene. */

export interface TextOptions {
  size: number;
  weight?: number;
  color?: string;
  align?: "left" | "center" | "right";
  /** More than 1 lets the text break, up to that many lines. */
  lines?: number;
  lineHeight?: number;
  /** Digits of one width, for figures that stand below each other. */
  tabular?: boolean;
  shadow?: string;
  style?: SceneStyle;
}

/** Above this size letters are set closer, as a type designer would. */
const TIGHT_ABOVE = 60;

/** A text that never grows out of its box: one line, or `lines` of them, then an ellipsis. */
export function text(value: string, options: TextOptions): SceneNode {
  const { size, weight = 400, color, align, lines = 1, lineHeight = 1.25, tabular, shadow, style } = options;
  return {
    type: "text",
    text: value.slice(0, MOST_CHARACTERS),
    style: {
      fontSize: size,
      fontWeight: weight,
      lineHeight,
      minWidth: 0,
      maxWidth: "100%",
      overflow: "hidden",
      textOverflow: "ellipsis",
      ...(size > TIGHT_ABOVE ? { letterSpacing: round(size * -0.02) } : {}),
      ...(lines === 1 ? { whiteSpace: "nowrap" } : { lineClamp: lines }),
      ...(color === undefined ? {} : { color }),
      ...(align === undefined ? {} : { textAlign: align }),
      ...(tabular ? { fontFeatureSettings: '"tnum" 1' } : {}),
      ...(shadow === undefined ? {} : { textShadow: shadow }),
      ...style,
    },
  };
}

/** No line of a picture holds more. */
const MOST_CHARACTERS = 400;

export function icon(name: string, size: number, color: string, strokeWidth = 1.75): SceneNode {
  return { type: "icon", name, size: round(size), color, strokeWidth };
}

/** Children side by side. */
export function row(style: SceneStyle, children: SceneNode[]): SceneNode {
  return { type: "box", style: { flexDirection: "row", alignItems: "center", minWidth: 0, maxWidth: "100%", ...style }, children };
}

/** Children one below the other. */
export function column(style: SceneStyle, children: SceneNode[]): SceneNode {
  return { type: "box", style: { flexDirection: "column", minWidth: 0, maxWidth: "100%", ...style }, children };
}

/** A box at `area` that lets nothing out. */
export function place(area: Area, style: SceneStyle, children: SceneNode[]): SceneNode {
  return {
    type: "box",
    style: {
      position: "absolute",
      left: round(area.x),
      top: round(area.y),
      width: round(area.width),
      height: round(area.height),
      overflow: "hidden",
      flexDirection: "column",
      ...style,
    },
    children,
  };
}

/** Shapes drawn in the coordinates of `area`'s own corner. */
export function vector(area: Area, shapes: VectorShape[]): SceneNode {
  const size = { width: Math.max(1, round(area.width)), height: Math.max(1, round(area.height)) };
  return { type: "vector", ...size, shapes, style: { position: "absolute", left: round(area.x), top: round(area.y) } };
}

/** Two digits are plenty for a pixel, and keep scenes small and alike. */
export function round(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}
