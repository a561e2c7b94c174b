/**
 * What a layout returns: a tree of boxes, text, pictures and paths, laid out as CSS flexbox and drawn by the renderer.
 * JSON throughout, so that a layout may run in any tier. No address is ever loaded from a scene.
 */
export interface Scene {
  root: SceneNode;
}

/** One node of a scene. */
export type SceneNode = BoxNode | TextNode | IconNode | VectorNode;

/** A flex container. */
export interface BoxNode {
  type: "box";
  style?: SceneStyle;
  children?: SceneNode[];
}

/** A run of text in one style. */
export interface TextNode {
  type: "text";
  text: string;
  style?: SceneStyle;
}

/** A Lucide icon by name, drawn in `color`, `size` pixels square. */
export interface IconNode {
  type: "icon";
  name: string;
  size: number;
  color?: string;
  strokeWidth?: number;
  style?: SceneStyle;
}

/** Vector shapes in a box of `width` by `height` pixels: how charts and gauges are drawn. */
export interface VectorNode {
  type: "vector";
  width: number;
  height: number;
  shapes: VectorShape[];
  style?: SceneStyle;
}

/** A path in SVG path syntax, with an optional vertical gradient as its fill. */
export interface VectorShape {
  path: string;
  fill?: string | { from: string; to: string };
  stroke?: string;
  strokeWidth?: number;
  dash?: number[];
  cap?: "butt" | "round";
  opacity?: number;
}

/** CSS by its camel-case names; lengths are pixels. Only the properties in `SCENE_STYLE_PROPERTIES` are allowed. */
export type SceneStyle = { [property in SceneStyleProperty]?: string | number };

/** The CSS properties a scene may use. */
export const SCENE_STYLE_PROPERTIES = [
  "display",
  "position",
  "top",
  "right",
  "bottom",
  "left",
  "width",
  "height",
  "minWidth",
  "minHeight",
  "maxWidth",
  "maxHeight",
  "flexDirection",
  "flexWrap",
  "flexGrow",
  "flexShrink",
  "flexBasis",
  "alignItems",
  "alignSelf",
  "alignContent",
  "justifyContent",
  "gap",
  "rowGap",
  "columnGap",
  "margin",
  "marginTop",
  "marginRight",
  "marginBottom",
  "marginLeft",
  "padding",
  "paddingTop",
  "paddingRight",
  "paddingBottom",
  "paddingLeft",
  "color",
  "opacity",
  "backgroundColor",
  "backgroundImage",
  "borderRadius",
  "borderWidth",
  "borderColor",
  "borderStyle",
  "boxShadow",
  "overflow",
  "fontFamily",
  "fontSize",
  "fontWeight",
  "fontStyle",
  "fontFeatureSettings",
  "lineHeight",
  "letterSpacing",
  "textAlign",
  "textTransform",
  "textOverflow",
  "textShadow",
  "whiteSpace",
  "lineClamp",
] as const;

/** One of {@link SCENE_STYLE_PROPERTIES}. */
export type SceneStyleProperty = (typeof SCENE_STYLE_PROPERTIES)[number];

/** The most a scene may hold; more is `LIMIT_EXCEEDED`. Lengths are characters; the sums are over the whole scene. */
export const SCENE_LIMITS = {
  nodes: 5_000,
  depth: 32,
  textLength: 2_000,
  textSum: 100_000,
  shapes: 2_000,
  pathLength: 200_000,
  pathSum: 1_000_000,
  /** Pixels of all vectors and icons together: six sheets of 3840 by 2160. */
  vectorPixels: 50_000_000,
  /** The largest number a style or a size may hold, either sign. */
  magnitude: 20_000,
} as const;
