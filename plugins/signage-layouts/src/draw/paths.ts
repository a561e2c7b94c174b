import { round } from "./nodes.ts";

export interface Point {
  x: number;
  y: number;
}

const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;

/**
 * A smooth curve through all points that never swings beyond them: monotone cubic interpolation (Fritsch and Carlson), so a
 * flat stretch stays flat and a peak is where the data has it.
 */
export function smoothPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  if (rest.length < 2) return `M${[first, ...rest].map(at).join("L")}`;
  const slopes = tangents(points);
  const curves = rest.map((point, index) => {
    const before = points[index]!;
    const third = (point.x - before.x) / 3;
    const leave = { x: before.x + third, y: before.y + slopes[index]! * third };
    const arrive = { x: point.x - third, y: point.y - slopes[index + 1]! * third };
    return `C${at(leave)} ${at(arrive)} ${at(point)}`;
  });
  return `M${at(first)}${curves.join("")}`;
}

function tangents(points: readonly Point[]): number[] {
  const steps = points.slice(1).map((point, index) => {
    const before = points[index]!;
    return point.x === before.x ? 0 : (point.y - before.y) / (point.x - before.x);
  });
  return points.map((_, index) => {
    const left = steps[index - 1];
    const right = steps[index];
    if (left === undefined || right === undefined) return left ?? right ?? 0;
    // The harmonic mean is never more than twice the smaller step, which is the bound that keeps the curve monotone.
    return left * right <= 0 ? 0 : (2 * left * right) / (left + right);
  });
}

export function linePath(from: Point, to: Point): string {
  return `M${at(from)}L${at(to)}`;
}

export function circlePath(centre: Point, radius: number): string {
  const r = round(radius);
  return `M${at({ x: centre.x - radius, y: centre.y })}a${r} ${r} 0 1 0 ${round(2 * radius)} 0a${r} ${r} 0 1 0 ${round(-2 * radius)} 0Z`;
}

/** Part of a circle, clockwise from twelve o'clock, `share` of the way round. */
export function arcPath(centre: Point, radius: number, share: number): string {
  if (share >= 0.9999) return circlePath(centre, radius);
  const angle = share * 2 * Math.PI;
  const end = { x: centre.x + radius * Math.sin(angle), y: centre.y - radius * Math.cos(angle) };
  const r = round(radius);
  return `M${at({ x: centre.x, y: centre.y - radius })}A${r} ${r} 0 ${share > 0.5 ? 1 : 0} 1 ${at(end)}`;
}

/** A bar with its top corners rounded; all corners when `foot` is given. */
export function barPath(x: number, y: number, width: number, height: number, radius: number, foot = false): string {
  const r = round(Math.max(0, Math.min(radius, width / 2, foot ? height / 2 : height)));
  const [left, right, top, bottom] = [round(x), round(x + width), round(y), round(y + height)];
  const head = `M${left} ${round(top + r)}Q${left} ${top} ${round(left + r)} ${top}L${round(right - r)} ${top}Q${right} ${top} ${right} ${round(top + r)}`;
  if (!foot) return `${head}L${right} ${bottom}L${left} ${bottom}Z`;
  return `${head}L${right} ${round(bottom - r)}Q${right} ${bottom} ${round(right - r)} ${bottom}L${round(left + r)} ${bottom}Q${left} ${bottom} ${left} ${round(bottom - r)}Z`;
}
