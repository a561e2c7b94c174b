import { nearest, neutraliseLine } from "@berth/base";
import { HostError, SCENE_LIMITS, SCENE_STYLE_PROPERTIES, type Scene, type SceneNode } from "@berth/contract";
import { isStyleValue, styleKind, type ValueKind } from "./style-values.ts";

/**
 * Checks what a layout returned before anything of it reaches the renderer: shape, limits, and every value of every style. A
 * layout may come from a third party in another process, so nothing is taken on trust.
 *
 * @throws HostError `RENDER_FAILED` for what cannot be drawn, `LIMIT_EXCEEDED` for what is too much.
 */
export function checkScene(scene: unknown): asserts scene is Scene {
  if (!isObject(scene)) refuse("scene", "is not an object with a root");
  new SceneCheck().node(scene["root"], "root", 1);
}

const PATH = /^[MmLlHhVvCcSsQqTtAaZz\d\s.,eE+-]*$/;

type Sum = "nodes" | "textSum" | "shapes" | "pathSum" | "vectorPixels";

class SceneCheck {
  readonly #spent: Record<Sum, number> = { nodes: 0, textSum: 0, shapes: 0, pathSum: 0, vectorPixels: 0 };

  node(node: unknown, at: string, depth: number): void {
    if (!isObject(node)) refuse(at, "is not a node");
    this.#spend("nodes", 1);
    if (depth > SCENE_LIMITS.depth) exceed("depth", SCENE_LIMITS.depth);
    checkStyle(node["style"], at);
    const type = node["type"] as SceneNode["type"];
    switch (type) {
      case "box":
        return this.#box(node, at, depth);
      case "text":
        return this.#text(node, at);
      case "icon":
        return this.#icon(node, at);
      case "vector":
        return this.#vector(node, at);
      default:
        refuse(at, `has the type ${shown(type)}; a node is a box, text, icon or vector`);
    }
  }

  #box(node: Fields, at: string, depth: number): void {
    const children = node["children"] ?? [];
    if (!Array.isArray(children)) refuse(`${at}.children`, "is not a list");
    children.forEach((child, index) => this.node(child, `${at}.children[${index}]`, depth + 1));
  }

  #text(node: Fields, at: string): void {
    const text = node["text"];
    if (typeof text !== "string") refuse(`${at}.text`, "is not a text");
    if (text.length > SCENE_LIMITS.textLength) exceed("textLength", SCENE_LIMITS.textLength);
    this.#spend("textSum", text.length);
  }

  #icon(node: Fields, at: string): void {
    const { name, size, color, strokeWidth } = node;
    if (typeof name !== "string" || name.length > 64) refuse(`${at}.name`, `is ${shown(name)}`);
    checkSize(size, `${at}.size`);
    checkOptional("colour", color, `${at}.color`);
    checkOptional("number", strokeWidth, `${at}.strokeWidth`);
    this.#spend("vectorPixels", size * size);
  }

  #vector(node: Fields, at: string): void {
    const { width, height, shapes } = node;
    checkSize(width, `${at}.width`);
    checkSize(height, `${at}.height`);
    this.#spend("vectorPixels", width * height);
    if (!Array.isArray(shapes)) refuse(`${at}.shapes`, "is not a list");
    shapes.forEach((shape, index) => this.#shape(shape, `${at}.shapes[${index}]`));
  }

  #shape(shape: unknown, at: string): void {
    if (!isObject(shape)) refuse(at, "is not a shape");
    this.#spend("shapes", 1);
    const { path, fill, stroke, strokeWidth, dash, cap, opacity } = shape;
    if (typeof path !== "string" || !PATH.test(path)) refuse(`${at}.path`, "is not a path in SVG syntax");
    if (path.length > SCENE_LIMITS.pathLength) exceed("pathLength", SCENE_LIMITS.pathLength);
    this.#spend("pathSum", path.length);
    if (isObject(fill)) {
      checkValue("colour", fill["from"], `${at}.fill.from`);
      checkValue("colour", fill["to"], `${at}.fill.to`);
    } else checkOptional("colour", fill, `${at}.fill`);
    checkOptional("colour", stroke, `${at}.stroke`);
    checkOptional("number", strokeWidth, `${at}.strokeWidth`);
    checkOptional("number", opacity, `${at}.opacity`);
    if (cap !== undefined && cap !== "butt" && cap !== "round") refuse(`${at}.cap`, `is ${shown(cap)}`);
    if (dash === undefined) return;
    if (!Array.isArray(dash) || dash.length > 8) refuse(`${at}.dash`, "is not a list of at most 8 numbers");
    for (const length of dash) checkValue("number", length, `${at}.dash`);
  }

  #spend(limit: Sum, amount: number): void {
    this.#spent[limit] += amount;
    if (this.#spent[limit] > SCENE_LIMITS[limit]) exceed(limit, SCENE_LIMITS[limit]);
  }
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkStyle(style: unknown, at: string): void {
  if (style === undefined) return;
  if (!isObject(style)) refuse(`${at}.style`, "is not an object");
  for (const [property, value] of Object.entries(style)) {
    if (value === undefined) continue;
    const kind = styleKind(property);
    if (!kind) refuse(`${at}.style`, `has ${shown(property)}${suggestion(property)}, which a scene may not use`);
    checkValue(kind, value, `${at}.style.${property}`);
  }
}

function suggestion(property: string): string {
  const near = nearest(property, SCENE_STYLE_PROPERTIES);
  return near ? ` (did you mean "${near}"?)` : "";
}

function checkSize(value: unknown, at: string): asserts value is number {
  checkValue("number", value, at);
  if ((value as number) <= 0) refuse(at, "is not above 0");
}

function checkOptional(kind: ValueKind, value: unknown, at: string): void {
  if (value !== undefined) checkValue(kind, value, at);
}

function checkValue(kind: ValueKind, value: unknown, at: string): void {
  if (!isStyleValue(kind, value)) refuse(at, `is ${shown(value)}, which is no ${kind} a scene may use`);
}

function shown(value: unknown): string {
  return neutraliseLine(JSON.stringify(value) ?? typeof value, 80);
}

function refuse(at: string, what: string): never {
  throw new HostError("RENDER_FAILED", `Cannot draw the scene: ${at} ${what}`, { details: { at } });
}

function exceed(limit: keyof typeof SCENE_LIMITS, most: number): never {
  throw new HostError("LIMIT_EXCEEDED", `Cannot draw the scene: it holds more than ${most} of ${limit}`, {
    details: { limit, most },
  });
}
