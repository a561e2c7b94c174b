import type { Frame, Scene, SceneNode, SignageContent } from "@berth/sdk";
import { noData } from "../charts/no-data.ts";
import { type Area, columns, inset, local, rows, share } from "../draw/area.ts";
import { column, pane, place, text } from "../draw/nodes.ts";
import { fittingSize, textWidth } from "../draw/text-width.ts";
import { TYPE, type Theme, themeOf } from "../draw/theme.ts";
import { statusBadge } from "../parts/header.ts";
import { headlineBlock } from "../parts/headline.ts";
import { linesBlock } from "../parts/lines.ts";
import { bodyOf, page } from "../parts/page.ts";
import { accentRule } from "../parts/accent-rule.ts";
import { spread, visualsOf } from "./default.ts";
import { linesOf } from "./text-parts.ts";

const FIGURE_SIZES = [220, 190, 168, 144, 112, 92, 76, 56, 42];

/** Units: the smallest figure with its words. */
const LEAST_HEADLINE = 150;

/** Two halves: what it is on one side, what there is to say on the other. */
export function splitLayout(content: SignageContent, frame: Frame): Scene {
  const theme = themeOf(content, frame);
  const { px } = theme;
  const body = bodyOf(theme);
  const [what, said] = theme.wide
    ? columns(body, [share(), share()], px(72))
    : rows(body, [share(2), share(3)], px(40));
  return page(theme, content, [...subject(theme, content, what!), ...details(theme, content, said!)]);
}

function subject(theme: Theme, content: SignageContent, area: Area): SceneNode[] {
  const { px } = theme;
  const { title, subtitle, status, headline } = content;
  const size = fittingSize(title, area.width, [TYPE.display, 92, TYPE.large, 64, TYPE.title, 48].map(px), 600);
  const around = (subtitle ? px(10 + TYPE.lead * 1.25) : 0) + (status ? px(64 + 26) : 0) + px(6 + 26);
  const needed = headline ? px(LEAST_HEADLINE + 26) : 0;
  const room = Math.max(1, Math.min(3, Math.floor((area.height - around - needed) / (size * 1.15))));
  const lines = textWidth(title, size, 600) > area.width ? room : 1;
  const words = size * 1.15 * lines + around;
  const figure = { width: area.width, height: area.height - words - px(26), sizes: FIGURE_SIZES };
  return [
    place(area, { justifyContent: "center", alignItems: "flex-start", gap: px(26) }, [
      ...(status ? [statusBadge(theme, status.level, status.text)] : []),
      column({ gap: px(10), flexShrink: 1 }, [
        text(title, { size, weight: 600, tight: true, lineHeight: 1.15, lines }),
        ...(subtitle ? [text(subtitle, { size: px(TYPE.lead), color: theme.soft })] : []),
      ]),
      accentRule(theme),
      ...(headline ? [headlineBlock(theme, headline, figure)] : []),
    ]),
  ];
}

/** Lines where there are any: the text layouts are for words; charts and tables for sources that have nothing else. */
function details(theme: Theme, content: SignageContent, area: Area): SceneNode[] {
  const { px } = theme;
  const lines = linesOf(content);
  if (lines.length === 0) {
    const visuals = visualsOf(theme, content);
    return visuals.length > 0 || content.headline
      ? spread(theme, area, visuals)
      : [noData(theme, area, "Nothing to show yet")];
  }
  const pad = Math.min(px(56), area.width * 0.07);
  const inner = inset(local(area), pad);
  const block = linesBlock(theme, inner, lines, {
    ruled: true,
    sizes: [56, 48, 42, 37, 33, 29, 27],
    vertical: "middle",
  });
  return [pane(area, theme.panel, px(36), [block])];
}
