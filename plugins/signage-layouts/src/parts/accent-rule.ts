import type { SceneNode } from "@berth/sdk";
import type { Theme } from "../draw/theme.ts";

/** A short stroke of the accent below a title: the only ornament there is. */
export function accentRule({ px, accent }: Theme): SceneNode {
  return {
    type: "box",
    style: { width: px(96), height: px(6), borderRadius: px(3), backgroundColor: accent, flexShrink: 0 },
  };
}
