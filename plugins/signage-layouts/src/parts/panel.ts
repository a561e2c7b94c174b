import type { SceneNode } from "@berth/sdk";
import { type Area, inset, local, rows, share } from "../draw/area.ts";
import { icon, pane, place, row, text } from "../draw/nodes.ts";
import { TYPE, type Theme } from "../draw/theme.ts";

export interface PanelOptions {
  title: string;
  icon?: string;
  /** Names of the lines in a chart, with their colours. */
  legend?: readonly { label: string; colour: string }[];
}

/** A part of the sheet with a name, on a pane of dark glass. */
export function panel(theme: Theme, area: Area, options: PanelOptions, draw: (inner: Area) => SceneNode): SceneNode {
  const { px } = theme;
  const inner = inset(local(area), px(34), px(26));
  const [head, body] = rows(inner, [px(TYPE.small) * 1.3, share()], px(14));
  return pane(area, theme.panel, px(28), [
    place(head!, { flexDirection: "row", alignItems: "center", justifyContent: "space-between", gap: px(24) }, [
      row({ gap: px(12), flexShrink: 1 }, [
        ...(options.icon ? [icon(options.icon, px(28), theme.soft, 2)] : []),
        text(options.title, { size: px(TYPE.small), weight: 500, color: theme.soft }),
      ]),
      row(
        { gap: px(24), flexShrink: 1 },
        (options.legend ?? []).map((entry) => legendEntry(theme, entry)),
      ),
    ]),
    draw(body!),
  ]);
}

function legendEntry(theme: Theme, { label, colour }: { label: string; colour: string }): SceneNode {
  const { px } = theme;
  return row({ gap: px(10) }, [
    {
      type: "box",
      style: { width: px(22), height: px(6), borderRadius: px(3), backgroundColor: colour, flexShrink: 0 },
    },
    text(label, { size: px(TYPE.tiny), color: theme.soft }),
  ]);
}
