import type { Frame, Scene, SceneNode, SignageContent } from "@berth/sdk";
import { noData } from "../charts/no-data.ts";
import { columns, rows, share } from "../draw/area.ts";
import { column, place, text } from "../draw/nodes.ts";
import { fittingSize } from "../draw/text-width.ts";
import { TYPE, type Theme, themeOf } from "../draw/theme.ts";
import { accentRule } from "../parts/accent-rule.ts";
import { statusBadge } from "../parts/header.ts";
import { headlineBlock } from "../parts/headline.ts";
import { linesBlock, planLines } from "../parts/lines.ts";
import { bodyOf, page } from "../parts/page.ts";
import { linesOf } from "./text-parts.ts";

const LINE_SIZES = [TYPE.title, 48, TYPE.lead, 37, TYPE.body, 29, TYPE.small];
const LINE_SIZES_BELOW_FIGURE = [37, TYPE.body, 29, TYPE.small];
const SIDE_SCRIM = "linear-gradient(90deg, rgba(6,9,22,0.86), rgba(6,9,22,0.7) 45%, rgba(6,9,22,0.08) 90%)";

/** Words down the left side, standing on the foot like the legend of a painting; the right side belongs to the picture behind. */
export function leftLayout(content: SignageContent, frame: Frame): Scene {
  const theme = themeOf(content, frame);
  const { px } = theme;
  const [side] = theme.wide ? columns(bodyOf(theme), [share(7), share(5)], px(40)) : [bodyOf(theme)];
  const head = headOf(theme, content, side!.width);
  const lines = linesOf(content);
  const options = { sizes: content.headline ? LINE_SIZES_BELOW_FIGURE : LINE_SIZES };
  const tracks = [head.height, share()];
  const [, room] = rows(side!, tracks, px(40));
  const isBare = lines.length === 0 && content.headline !== undefined;
  const listed = lines.length > 0 ? planLines(theme, room!, lines, options).height : isBare ? 0 : px(200);
  const height = Math.min(side!.height, head.height + px(40) + listed);
  const [top, list] = rows({ ...side!, y: side!.y + side!.height - height, height }, tracks, px(40));
  const rest =
    lines.length > 0 ? linesBlock(theme, list!, lines, options) : noData(theme, list!, "Nothing to show yet");
  return page(
    theme,
    content,
    [place(top!, {}, [head.node]), ...(isBare ? [] : [rest])],
    theme.wide ? SIDE_SCRIM : theme.scrim,
  );
}

const FIGURE_SIZES = [190, 168, 144, 112, 92, 76, 56];

function headOf(theme: Theme, content: SignageContent, width: number): { node: SceneNode; height: number } {
  const { px } = theme;
  const { title, subtitle, status, headline } = content;
  const size = fittingSize(title, width, [104, 88, TYPE.large, 64, TYPE.title, 48].map(px), 600);
  const caption = headline?.caption || headline?.trend ? px(14 + TYPE.lead * 1.3) : 0;
  const node = column({ alignItems: "flex-start", gap: px(22), width: "100%" }, [
    ...(status ? [statusBadge(theme, status.level, status.text)] : []),
    column({ gap: px(6), flexShrink: 0 }, [
      text(title, { size, weight: 600, tight: true, lineHeight: 1.2 }),
      ...(subtitle ? [text(subtitle, { size: px(TYPE.lead), color: theme.soft })] : []),
    ]),
    accentRule(theme),
    ...(headline
      ? [headlineBlock(theme, headline, { width, height: px(FIGURE_SIZES[0]! * 1.12) + caption, sizes: FIGURE_SIZES })]
      : []),
  ]);
  const badge = status ? px(64 + 22) : 0;
  const below = subtitle ? px(6 + TYPE.lead * 1.25) : 0;
  const figure = headline ? px(FIGURE_SIZES[0]! * 1.12 + 22) + caption : 0;
  return { node, height: badge + size * 1.2 + below + px(28) + figure };
}
