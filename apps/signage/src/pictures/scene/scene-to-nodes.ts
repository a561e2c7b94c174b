import type { BoxNode, IconNode, Scene, SceneNode, SceneStyle, TextNode, VectorNode } from "@berth/contract";
import type { Node } from "@takumi-rs/core";
import type { Icons } from "./icons.ts";
import { vectorSvg } from "./vector-svg.ts";

/** What a checked scene needs to become nodes of the renderer. */
export interface SceneTools {
  icons: Icons;
  /** Text as it can be drawn: see `drawableText`. */
  drawable(text: string): string;
}

/** Translates a checked scene. The root fills the sheet whatever its own style says. */
export function sceneToNodes(scene: Scene, tools: SceneTools): Node {
  return toNode(scene.root, tools);
}

function toNode(node: SceneNode, tools: SceneTools): Node {
  if (node.type === "box") return boxNode(node, tools);
  if (node.type === "text") return textNode(node, tools);
  return node.type === "icon" ? iconNode(node, tools) : vectorNode(node);
}

function boxNode(node: BoxNode, tools: SceneTools): Node {
  const children = (node.children ?? []).map((child) => toNode(child, tools));
  return { type: "container", style: css({ display: "flex", ...node.style }), children };
}

function textNode(node: TextNode, tools: SceneTools): Node {
  const text = tools.drawable(node.text);
  // The engine forgets texts without a character; a box in its place keeps the layout as it was.
  if (text === "") return { type: "container", style: css({ display: "flex", ...node.style }), children: [] };
  return { type: "text", text, style: css({ display: "block", ...node.style }) };
}

function iconNode(node: IconNode, tools: SceneTools): Node {
  const { size, style } = node;
  return {
    type: "image",
    src: tools.icons.svg(node),
    width: size,
    height: size,
    style: css({ flexShrink: 0, ...style }),
  };
}

function vectorNode(node: VectorNode): Node {
  const { width, height, style } = node;
  return { type: "image", src: vectorSvg(node), width, height, style: css({ flexShrink: 0, ...style }) };
}

/** The renderer's style type comes from React's; the check has made sure of every value. */
function css(style: SceneStyle): NonNullable<Node["style"]> {
  return style as NonNullable<Node["style"]>;
}
