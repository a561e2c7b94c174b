import { expect, test } from "vitest";
import { createTerminal } from "../../terminal/terminal.ts";
import { generationLines } from "./rollback.ts";

test("generationLines tells which version serves, and which one failed [OPS-47]", () => {
  const kept = { version: "1.0.0", digest: "sha256:0", since: 0, hasState: true };
  const out = { write: () => true, columns: 120 };
  const terminal = createTerminal({ out, err: out, env: {} });
  const lines = generationLines(
    terminal,
    [
      { ...kept, id: 3, isCurrent: false, hasFailed: true },
      { ...kept, id: 2, isCurrent: true, hasFailed: false },
      { ...kept, id: 1, isCurrent: false, hasFailed: false },
    ],
    5_000,
  );
  expect(lines.slice(1).map((line) => line.trim().split(/ {2,}/).at(-1))).toEqual(["failed", "serves", "sha256:0"]);
});
