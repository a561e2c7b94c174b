import type { VectorNode, VectorShape } from "@berth/contract";

/** A checked vector node as an SVG document, which the renderer draws without loading anything. */
export function vectorSvg({ width, height, shapes }: VectorNode): string {
  const gradients = shapes.map((shape, index) => gradientOf(shape, `g${index}`)).join("");
  const paths = shapes.map((shape, index) => pathOf(shape, `g${index}`)).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><defs>${gradients}</defs>${paths}</svg>`;
}

/** From the top of the shape's own box to its bottom. */
function gradientOf({ fill }: VectorShape, id: string): string {
  if (typeof fill !== "object") return "";
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${fill.from}"/><stop offset="1" stop-color="${fill.to}"/></linearGradient>`;
}

function pathOf(shape: VectorShape, id: string): string {
  const { path, fill, stroke, strokeWidth, dash, cap, opacity } = shape;
  const attributes: [string, string | number | undefined][] = [
    ["d", path],
    ["fill", typeof fill === "object" ? `url(#${id})` : (fill ?? "none")],
    ["stroke", stroke],
    ["stroke-width", strokeWidth],
    ["stroke-dasharray", dash?.join(" ")],
    ["stroke-linecap", cap],
    ["stroke-linejoin", stroke === undefined ? undefined : "round"],
    ["opacity", opacity],
  ];
  // The scene check let no quote, bracket or ampersand into any of these.
  const written = attributes.filter(([, value]) => value !== undefined).map(([name, value]) => ` ${name}="${value}"`);
  return `<path${written.join("")}/>`;
}
