import { LIFECYCLE_MOVES, LIFECYCLE_STATES } from "@berth/contract";
import { type Generated, pageHead, table } from "../generated-file.ts";

/** The page of a plugin's states and the legal moves between them. */
export function generateLifecycle(): Generated {
  const moves = LIFECYCLE_STATES.flatMap((from) =>
    Object.entries(LIFECYCLE_MOVES[from]).map(([step, to]) => ({ from, step, to })),
  );
  const content = [
    pageHead("The life of a plugin", "packages/contract/src/lifecycle.ts"),
    "A plugin is in one of these states. The moves listed are the legal ones; any other is refused with `LIFECYCLE_MOVE_ILLEGAL`. " +
      "The moves of one plugin wait for each other.\n",
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> unloaded",
    ...moves.map(({ from, step, to }) => `  ${from} --> ${to}: ${step}`),
    "```\n",
    `${table(
      ["from", "step", "to"],
      moves.map(({ from, step, to }) => [from, step, to]),
    )}\n`,
  ].join("\n");
  return { files: [{ path: "docs/reference/lifecycle.md", content }], problems: [] };
}
