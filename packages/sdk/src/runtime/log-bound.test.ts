import type { LogEntry } from "@berth/contract";
import { expect, test } from "vitest";
import { boundLog } from "./log-bound.ts";

test("boundLog passes so many lines in a moment, says once that there were more, and goes on after it", () => {
  let nowMs = 0;
  const sent: LogEntry[] = [];
  const log = boundLog(
    (entry) => sent.push(entry),
    () => nowMs,
  );
  for (let n = 0; n < 5_000; n++) log({ level: "info", message: String(n) });
  expect(sent).toHaveLength(1_001);
  expect(sent.at(-1)).toEqual({
    level: "warn",
    message: "More than 1000 log lines within 100 ms: those that follow in that time are lost",
  });
  for (const atMs of [100, -1_000]) {
    nowMs = atMs;
    log({ level: "info", message: "later" });
    expect(sent.at(-1)!.message).toBe("later");
  }
});

test("boundLog sends no more of a line than the host keeps", () => {
  const sent: LogEntry[] = [];
  boundLog((entry) => sent.push(entry))({ level: "info", message: "x".repeat(1_000_000), fields: { a: 1 } });
  expect([sent[0]!.message.length, sent[0]!.fields]).toEqual([16_384, { a: 1 }]);
});
