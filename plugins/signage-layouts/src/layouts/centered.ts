import type { Frame, Scene, SceneNode, SignageContent } from "@berth/sdk";
import { noData } from "../charts/no-data.ts";
import { type Area, rows, share } from "../draw/area.ts";
import { column, place, text } from "../draw/nodes.ts";
import { fittingSize } from "../draw/text-width.ts";
import { TYPE, type Theme, themeOf } from "../draw/theme.ts";
import { accentRule } from "../parts/accent-rule.ts";
import { statusBadge } from "../parts/header.ts";
import { headlineBlock } from "../parts/headline.ts";
import { linesBlock, planLines } from "../parts/lines.ts";
import { bodyOf, page } from "../parts/page.ts";
import { statStrip, stripHeight, stripRows } from "../parts/stat-cell.ts";
import { linesOf } from "./text-parts.ts";

/** Everything on the middle axis, like the title page of a book. */
export function centeredLayout(content: SignageContent, frame: Frame): Scene {
  const theme = themeOf(content, frame);
  const body = bodyOf(theme);
  return page(theme, content, content.headline ? withHeadline(theme, content, body) : withLines(theme, content, body));
}

const LINE_SIZES = [72, 64, TYPE.title, 48, TYPE.lead, 37, TYPE.body, 29];

/** Title and lines as one group, half-way down. */
function withLines(theme: Theme, content: SignageContent, body: Area): SceneNode[] {
  const { px } = theme;
  const lines = linesOf(content);
  const title = titleBlock(theme, content, body.width);
  const options = { align: "center", weight: 300, sizes: LINE_SIZES } as const;
  const tracks = [title.height, share()];
  const [, room] = rows(body, tracks, px(52));
  const listed = lines.length > 0 ? planLines(theme, room!, lines, options).height : px(220);
  const height = Math.min(body.height, title.height + px(52) + listed);
  const group = { ...body, y: body.y + (body.height - height) / 2, height };
  const [head, list] = rows(group, tracks, px(52));
  return [
    place(head!, { alignItems: "center", justifyContent: "flex-end" }, [title.node]),
    lines.length > 0 ? linesBlock(theme, list!, lines, options) : noData(theme, list!, "Nothing to show yet"),
  ];
}

function titleBlock(theme: Theme, content: SignageContent, width: number): { node: SceneNode; height: number } {
  const { px } = theme;
  const size = fittingSize(content.title, width, [TYPE.display, 92, TYPE.large, 64, TYPE.title, 48].map(px), 600);
  const { subtitle, status } = content;
  const node = column({ alignItems: "center", gap: px(18), width: "100%" }, [
    ...(status ? [statusBadge(theme, status.level, status.text)] : []),
    text(content.title, { size, weight: 600, tight: true, lineHeight: 1.2, align: "center" }),
    ...(subtitle ? [text(subtitle, { size: px(TYPE.lead), color: theme.soft, align: "center" })] : []),
    accentRule(theme),
  ]);
  const height = size * 1.2 + px(24) + (subtitle ? px(18 + TYPE.lead * 1.25) : 0) + (status ? px(82) : 0);
  return { node, height };
}

const FIGURE_SIZES = [340, 300, 260, 220, 190, 168, 144, 112, 92, 76, 56];

/** The figure alone, its subject above, the smaller figures at the foot. */
function withHeadline(theme: Theme, content: SignageContent, body: Area): SceneNode[] {
  const { px } = theme;
  const { title, subtitle, status, stats = [] } = content;
  const strip = stripHeight(theme, stats, body.width, stripRows(theme));
  const [middle, foot] = strip > 0 ? rows(body, [share(), strip], px(36)) : [body];
  const words = subtitle ? `${title} · ${subtitle}` : title;
  const size = fittingSize(words, body.width, [TYPE.title, 48, TYPE.lead, 37].map(px), 500);
  const height = middle!.height - size * 1.25 - px(20) - (status ? px(84) : 0);
  const figure = { width: body.width, height, align: "center", sizes: FIGURE_SIZES } as const;
  const centre = place(middle!, { alignItems: "center", justifyContent: "center", gap: px(20) }, [
    ...(status ? [statusBadge(theme, status.level, status.text)] : []),
    text(words, { size, weight: 500, color: theme.soft, align: "center" }),
    headlineBlock(theme, content.headline!, figure),
  ]);
  return [centre, ...(foot ? [statStrip(theme, foot, stats)] : [])];
}
