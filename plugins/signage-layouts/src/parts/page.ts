import type { Scene, SceneNode, SignageContent } from "@berth/sdk";
import { type Area, rows, share } from "../draw/area.ts";
import { icon, place, row, text } from "../draw/nodes.ts";
import { TYPE, type Theme, statusColour, withAlpha } from "../draw/theme.ts";

/** What a layout has to itself: the safe area without the foot. */
export function bodyOf(theme: Theme): Area {
  const [body] = pageRows(theme);
  return body!;
}

/** The whole sheet: scrim, what the layout drew, foot. */
export function page(theme: Theme, content: SignageContent, body: SceneNode[], scrim = theme.scrim): Scene {
  const { width, height } = theme.frame;
  const [, foot] = pageRows(theme);
  const sheet = { position: "relative", width, height, overflow: "hidden", color: theme.text, fontFamily: "Inter" };
  return {
    root: {
      type: "box",
      style: { ...sheet, ...(theme.frame.photo && scrim ? { backgroundImage: scrim } : {}) },
      children: [...body, footer(theme, content, foot!)],
    },
  };
}

function pageRows({ frame, px }: Theme): Area[] {
  const { width, height, safeX, safeY } = frame;
  const safe = { x: safeX, y: safeY, width: width - 2 * safeX, height: height - 2 * safeY };
  return rows(safe, [share(), px(46)], px(30));
}

/** When the data is from, on the left; who it is from, on the right; what the viewer must know, in between and coloured. */
function footer(theme: Theme, content: SignageContent, area: Area): SceneNode {
  const { frame, px, faint } = theme;
  const small = { size: px(TYPE.tiny), color: faint };
  const left = [
    ...(frame.stale ? [pill(theme, "history", frame.stale, statusColour("warn", faint))] : []),
    ...(content.notice ? [pill(theme, "info", content.notice, theme.text)] : []),
    ...(frame.footer
      ? [text(frame.footer, { ...small, tabular: true, style: { flexShrink: frame.stale || content.notice ? 3 : 1 } })]
      : []),
  ];
  return place(area, { flexDirection: "row", alignItems: "center", justifyContent: "space-between", gap: px(28) }, [
    row({ gap: px(20), flexShrink: 1 }, left),
    ...(content.credit ? [text(content.credit, { ...small, style: { flexShrink: 2 } })] : []),
  ]);
}

/** A sentence in a capsule. */
export function pill(theme: Theme, iconName: string, words: string, colour: string): SceneNode {
  const { px } = theme;
  const tint = theme.frame.photo ? theme.panel : withAlpha(colour, 0.16);
  return row(
    {
      gap: px(12),
      padding: `0 ${px(20)}px 0 ${px(16)}px`,
      height: px(46),
      borderRadius: px(23),
      backgroundColor: tint,
      flexShrink: 1,
    },
    [icon(iconName, px(26), colour, 2), text(words, { size: px(TYPE.tiny), weight: 500, color: colour })],
  );
}
