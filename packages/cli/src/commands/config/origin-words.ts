import type { ValueOrigin } from "@berth/kernel/config/settings";

/** Where a value came from, in a few words. */
export function originWords(origin: ValueOrigin): string {
  if (origin.from === "default") return "default";
  const place = `${origin.file}:${origin.line}:${origin.column}`;
  if (origin.from === "file") return place;
  return `${place}, through ${origin.variables.map((name) => `\${${name}}`).join(", ")}`;
}
