import type { FlameFrame, FlameTree } from "./flame-tree.ts";

/** A function with its time, wherever it was called from. */
export interface TopFrame extends FlameFrame {
  selfUs: number;
  /** Of the active time. */
  share: number;
}

/** Functions by the time spent in themselves, the most first. */
export function topFrames({ frames, nodes, activeUs }: FlameTree, most: number): TopFrame[] {
  const selfUs = frames.map(() => 0);
  for (const [, frame, self] of nodes) selfUs[frame]! += self;
  return frames
    .map((frame, i) => ({ ...frame, selfUs: selfUs[i]!, share: activeUs > 0 ? selfUs[i]! / activeUs : 0 }))
    .toSorted((a, b) => b.selfUs - a.selfUs)
    .slice(0, most);
}
