import type { OutputRecord } from "@berth/sdk";
import { expect, test } from "vitest";
import { runText } from "./run-text.ts";

const record = (result: OutputRecord["result"]): OutputRecord => {
  return { id: "job", startedAt: 0, durationMs: 12.4, success: false, result };
};

test("runText puts what a command wrote under a line that says how it ended", () => {
  const result = { run: 7, exitCode: 2, stdout: "one\ntwo", stderr: "oh\n" };
  expect(runText(record(result), true)).toBe(
    "# 1970-01-01T00:00:00.000Z job run 7: failed, exit code 2, 12 ms\none\ntwo\noh\n",
  );
  expect(runText(record(result), false)).toBe("one\ntwo\noh\n");
  expect(runText(record({ exitCode: null }), true)).toBe("# 1970-01-01T00:00:00.000Z job run ?: failed, 12 ms\n");
});
