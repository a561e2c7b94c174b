import type { SceneNode } from "@berth/sdk";
import type { Area } from "../draw/area.ts";
import { icon, place, text } from "../draw/nodes.ts";
import { TYPE, type Theme } from "../draw/theme.ts";

/** What stands where a chart would, when there is nothing to draw: an honest word instead of an empty axis. */
export function noData(theme: Theme, area: Area, words = "No data yet"): SceneNode {
  return place(area, { alignItems: "center", justifyContent: "center", gap: theme.px(14) }, [
    icon("chart-no-axes-column", theme.px(56), theme.faint),
    text(words, { size: theme.px(TYPE.small), color: theme.faint }),
  ]);
}
