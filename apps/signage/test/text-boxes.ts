import type { Scene, SceneNode } from "@berth/contract";
import type { Renderer } from "../src/pictures/index.ts";

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A text of a scene where the renderer lays it out, and the smallest box that cuts it off. */
export interface TextBox extends Box {
  text: string;
  clip: Box;
}

type Measured = Awaited<ReturnType<Renderer["measure"]>>;

/** All texts of a scene with their places on the sheet. */
export async function textBoxes(renderer: Renderer, scene: Scene, width: number, height: number): Promise<TextBox[]> {
  const measured = await renderer.measure({ scene, width, height });
  const found: TextBox[] = [];
  collect(scene.root, measured.children[0]!, { left: 0, top: 0, right: width, bottom: height }, found);
  return found;
}

function collect(node: SceneNode, measured: Measured, clip: Box, found: TextBox[]): void {
  const [, , , , left, top] = measured.transform;
  const box = { left, top, right: left + measured.width, bottom: top + measured.height };
  if (node.type === "text") {
    if (node.text.trim() !== "") found.push({ ...box, text: node.text, clip });
    return;
  }
  if (node.type !== "box") return;
  const inner = node.style?.overflow === "hidden" ? intersection(clip, box) : clip;
  (node.children ?? []).forEach((child, index) => collect(child, measured.children[index]!, inner, found));
}

function intersection(a: Box, b: Box): Box {
  return {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
}

export function isInside(inner: Box, outer: Box, slack: number): boolean {
  return (
    inner.left >= outer.left - slack &&
    inner.top >= outer.top - slack &&
    inner.right <= outer.right + slack &&
    inner.bottom <= outer.bottom + slack
  );
}

export function overlap(a: Box, b: Box, slack: number): boolean {
  return (
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack
  );
}
