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
  /** Letters set closer, as a type designer would for a heading. */
  tight?: boolean;
  style?: SceneStyle;
}

/** A text that never grows out of its box: one line, or `lines` of them, then an ellipsis. */
export function text(value: string, options: TextOptions): SceneNode {
  const { size, weight = 400, color, align, lines = 1, lineHeight = 1.25, tabular, tight, style } = options;
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
      ...(tight ? { letterSpacing: round(size * -0.02) } : {}),
      ...(lines === 1 ? { whiteSpace: "nowrap" } : { lineClamp: lines }),
      ...(color === undefined ? {} : { color }),
      ...(align === undefined ? {} : { textAlign: align }),
      ...(tabular ? { fontFeatureSettings: '"tnum" 1' } : {}),
      ...style,
    },
  };
}

/** The names come from sources; no icon has a longer one. */
const MOST_ICON_NAME = 64;
/** No line of a picture holds more. */
const MOST_CHARACTERS = 400;

export function icon(name: string, size: number, color: string, strokeWidth = 1.75): SceneNode {
  return { type: "icon", name: name.slice(0, MOST_ICON_NAME), size: Math.max(1, Math.round(size)), color, strokeWidth };
}

/** Children side by side. */
export function row(style: SceneStyle, children: SceneNode[]): SceneNode {
  return {
    type: "box",
    style: { flexDirection: "row", alignItems: "center", minWidth: 0, maxWidth: "100%", ...style },
    children,
  };
}

/** Children one below the other. */
export function column(style: SceneStyle, children: SceneNode[]): SceneNode {
  return { type: "box", style: { flexDirection: "column", minWidth: 0, maxWidth: "100%", ...style }, children };
}

/** A pane of `colour` at `area`. Its children are boxes of {@link place}, so that it need not cut them to its round corners. */
export function pane(area: Area, colour: string, radius: number, children: SceneNode[]): SceneNode {
  return place(area, { backgroundColor: colour, borderRadius: radius, overflow: "visible" }, children);
}

/** A box at `area` that lets nothing out. */
export function place(area: Area, style: SceneStyle, children: SceneNode[]): SceneNode {
  return {
    type: "box",
    style: {
      position: "absolute",
      ...snapped(area),
      overflow: "hidden",
      flexDirection: "column",
      ...style,
    },
    children,
  };
}

/** Shapes drawn in the coordinates of `area`'s own corner. */
export function vector(area: Area, shapes: VectorShape[]): SceneNode {
  const { left, top, width, height } = snapped(area);
  const size = { width: Math.max(1, width), height: Math.max(1, height) };
  return { type: "vector", ...size, shapes, style: { position: "absolute", left, top } };
}

/** On whole pixels: edges are crisp, and what is copied unscaled is drawn in half the time. */
function snapped({ x, y, width, height }: Area): { left: number; top: number; width: number; height: number } {
  const [left, top] = [Math.round(x), Math.round(y)];
  return { left, top, width: Math.round(x + width) - left, height: Math.round(y + height) - top };
}

/** Two digits are plenty for a pixel, and keep scenes small and alike. */
export function round(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}
