import type { Frame, Scene, SignageContent } from "@berth/sdk";
import { centeredLayout } from "./centered.ts";
import { defaultLayout } from "./default.ts";
import { gridLayout } from "./grid.ts";
import { leftLayout } from "./left.ts";
import { modernStockLayout } from "./modern-stock.ts";
import { modernSystemLayout } from "./modern-system.ts";
import { modernWeatherLayout } from "./modern-weather.ts";
import { splitLayout } from "./split.ts";

/** A layout as a function: pure, JSON in, JSON out. */
export type Layout = (content: SignageContent, frame: Frame) => Scene;

/** All layouts by name. */
export const LAYOUTS = {
  default: defaultLayout,
  centered: centeredLayout,
  left: leftLayout,
  grid: gridLayout,
  split: splitLayout,
  modern_weather: modernWeatherLayout,
  modern_stock: modernStockLayout,
  modern_system: modernSystemLayout,
} as const satisfies Record<string, Layout>;
