import type { SceneNode, SignageContent, StatusLevel } from "@berth/sdk";
import type { Area } from "../draw/area.ts";
import { column, icon, place, row, text } from "../draw/nodes.ts";
import { fittingSize } from "../draw/text-width.ts";
import { TYPE, type Theme, statusColour, withAlpha } from "../draw/theme.ts";

const BADGE_ICONS: Record<StatusLevel, string> = {
  ok: "circle-check",
  warn: "triangle-alert",
  bad: "circle-x",
  unknown: "circle-help",
};

/** How tall the heading is: on a tall sheet the subtitle stands below the title, on a wide one beside it. */
export function headerHeight(theme: Theme, content: SignageContent): number {
  return theme.px(content.subtitle && !theme.wide ? TYPE.title * 1.2 + 10 + TYPE.body * 1.3 : TYPE.title * 1.25);
}

/** The title, what it is about, and the judgement at the right. */
export function header(theme: Theme, content: SignageContent, area: Area): SceneNode {
  const { px } = theme;
  const badge = content.status ? [statusBadge(theme, content.status.level, content.status.text)] : [];
  const size = fittingSize(
    content.title,
    area.width * (content.status ? 0.62 : 1),
    [px(TYPE.title), px(48), px(42)],
    600,
  );
  const title = text(content.title, {
    size,
    weight: 600,
    tight: true,
    lineHeight: 1.2,
    style: { flexShrink: 1 },
  });
  const under = { size: px(TYPE.body), color: theme.soft, lineHeight: 1.3 };
  const subtitle = content.subtitle
    ? [text(content.subtitle, theme.wide ? { ...under, style: { marginBottom: size * 0.1, flexShrink: 8 } } : under)]
    : [];
  const words = theme.wide
    ? row({ gap: px(26), alignItems: "flex-end", flexShrink: 1 }, [title, ...subtitle])
    : column({ gap: px(10), flexShrink: 1 }, [title, ...subtitle]);
  return place(
    area,
    {
      flexDirection: "row",
      alignItems: theme.wide ? "center" : "flex-start",
      justifyContent: "space-between",
      gap: px(40),
    },
    [words, ...badge],
  );
}

/** HEALTHY in green, DOWN in red. */
export function statusBadge(theme: Theme, level: StatusLevel, words: string): SceneNode {
  const { px } = theme;
  const colour = statusColour(level, theme.soft);
  const shape = { gap: px(14), height: px(64), padding: `0 ${px(30)}px 0 ${px(22)}px`, borderRadius: px(32) };
  return row(
    {
      ...shape,
      backgroundColor: theme.frame.photo ? theme.panel : withAlpha(colour, 0.18),
      flexShrink: 0,
      maxWidth: "50%",
    },
    [icon(BADGE_ICONS[level], px(36), colour, 2.25), text(words, { size: px(TYPE.body), weight: 600, color: colour })],
  );
}
