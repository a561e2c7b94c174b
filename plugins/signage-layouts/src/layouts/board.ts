import type { Scene, SceneNode, SignageContent } from "@berth/sdk";
import { noData } from "../charts/no-data.ts";
import { type Area, rows, share } from "../draw/area.ts";
import type { Theme } from "../draw/theme.ts";
import { header, headerHeight } from "../parts/header.ts";
import { bodyOf, page } from "../parts/page.ts";

/** One part of a board; a part of no height is left out, with its gap. */
export interface BoardRow {
  /** Pixels, or a share of what is left. */
  height: number | { share: number };
  draw(area: Area): SceneNode | SceneNode[];
}

/** A board: heading, parts one below the other, foot. Without any part it says that there is nothing to show. */
export function board(theme: Theme, content: SignageContent, parts: readonly BoardRow[]): Scene {
  const { px } = theme;
  const used = parts.filter(({ height }) => height !== 0);
  const all: BoardRow[] = [
    { height: headerHeight(theme, content), draw: (area) => header(theme, content, area) },
    ...(used.length > 0
      ? used
      : [{ height: share(), draw: (area: Area) => noData(theme, area, "Nothing to show yet") }]),
  ];
  const places = rows(
    bodyOf(theme),
    all.map(({ height }) => height),
    px(36),
  );
  return page(
    theme,
    content,
    all.flatMap((part, index) => part.draw(places[index]!)),
  );
}
