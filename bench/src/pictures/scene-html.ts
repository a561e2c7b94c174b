import { readFileSync } from "node:fs";
import { type Icons, loadIcons, vectorSvg } from "@berth/signage/pictures";
import { SHEET, type Scene } from "./weather-scene.ts";

type Node = Scene["root"];

const FONTS = new URL("../../../node_modules/@fontsource/inter/files/", import.meta.url);
/** Without a unit these numbers mean something else than pixels. */
const UNITLESS = new Set(["flexGrow", "flexShrink", "fontWeight", "lineHeight", "opacity", "lineClamp"]);

/** A page with the fonts and the ground of our pictures, empty. */
export function emptyPage(): string {
  const faces = [200, 300, 400, 500, 600].map((weight) => {
    const file = readFileSync(new URL(`inter-latin-${weight}-normal.woff2`, FONTS)).toString("base64");
    return `@font-face{font-family:Inter;font-weight:${weight};src:url(data:font/woff2;base64,${file})}`;
  });
  const ground = "linear-gradient(180deg,rgb(0,40,80),rgb(62,112,150))";
  const body = `margin:0;width:${SHEET.width}px;height:${SHEET.height}px;background:${ground};overflow:hidden`;
  return `<!doctype html><style>${faces.join("")}*{box-sizing:border-box}body{${body}}</style><body></body>`;
}

/** A scene as HTML: the same boxes, texts and shapes, for a browser to draw. */
export async function openSceneHtml(): Promise<(scene: Scene) => string> {
  const icons = await loadIcons();
  return ({ root }) => html(root, icons);
}

function html(node: Node, icons: Icons): string {
  const style = css(node.style ?? {}, node.type);
  if (node.type === "text") return `<div style="${style}">${escape(node.text)}</div>`;
  if (node.type === "icon") return `<div style="${style}">${icons.svg(node)}</div>`;
  if (node.type === "vector") return `<div style="${style}">${vectorSvg(node)}</div>`;
  return `<div style="${style}">${(node.children ?? []).map((child) => html(child, icons)).join("")}</div>`;
}

function css(style: object, type: Node["type"]): string {
  const defaults = type === "box" ? "display:flex;" : type === "text" ? "" : "flex-shrink:0;line-height:0;";
  const written = Object.entries(style).map(([name, value]) => {
    const property = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return `${property}:${typeof value === "number" && !UNITLESS.has(name) ? `${value}px` : String(value)}`;
  });
  return escape(defaults + written.join(";"));
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
