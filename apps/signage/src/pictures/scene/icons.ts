import type { IconNode } from "@berth/contract";

/** The Lucide icons, read from their package when the first one is drawn. */
export interface Icons {
  /** The icon as an SVG document; a neutral ring where no icon has that name. */
  svg(node: IconNode): string;
  has(name: string): boolean;
}

const PLACEHOLDER = '<circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="2" opacity=".5"/>';
const DEFAULT_STROKE = 2;

export async function loadIcons(): Promise<Icons> {
  const { default: set } = (await import("@iconify-json/lucide/icons.json", { with: { type: "json" } })) as unknown as {
    default: IconSet;
  };
  const body = (name: string): string | undefined => {
    const real = Object.hasOwn(set.aliases, name) ? set.aliases[name]!.parent : name;
    return Object.hasOwn(set.icons, real) ? set.icons[real]!.body : undefined;
  };
  return {
    has: (name) => body(name) !== undefined,
    svg({ name, size, color = "#ffffff", strokeWidth = DEFAULT_STROKE }) {
      const drawn = (body(name) ?? PLACEHOLDER)
        .replaceAll("currentColor", color)
        .replaceAll('stroke-width="2"', `stroke-width="${strokeWidth}"`);
      return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 24 24">${drawn}</svg>`;
    },
  };
}

interface IconSet {
  icons: Record<string, { body: string }>;
  aliases: Record<string, { parent: string }>;
}
