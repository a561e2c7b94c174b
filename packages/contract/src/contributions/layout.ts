import type { CallContext } from "../call-context.ts";
import type { Scene } from "../scene.ts";
import type { SignageContent } from "./signage-content.ts";

/** The sheet a layout draws on. */
export interface Frame {
  /** Pixels. */
  width: number;
  height: number;
  /** Pixels to keep free at each edge: 5 % of the width at left and right, of the height at top and bottom. */
  safeX: number;
  safeY: number;
  /**
   * Pixels of one layout unit: 1 on a sheet of 1920 by 1080, 2 on 3840 by 2160, and on other shapes what keeps text as large
   * for its sheet. Multiply every size by it, so that any resolution looks alike.
   */
  unit: number;
  /** Whether a photograph lies behind; text then needs more contrast than on the calm gradient. */
  photo: boolean;
  /** What the footer says, such as `Updated 14:05 · 3 min old`; empty for none. */
  footer: string;
  /** A sentence that data is stale, to be shown with emphasis; empty for none. */
  stale: string;
  /** BCP 47, for numbers and dates. */
  locale: string;
  timeZone: string;
}

/** A layout: pure, fast, the same scene for the same input. */
export interface LayoutInstance {
  render(content: SignageContent, frame: Frame, call: CallContext): Scene | Promise<Scene>;
  dispose?(): void | Promise<void>;
}
