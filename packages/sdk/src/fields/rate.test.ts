import { expect, test } from "vitest";
import { parseRate } from "./rate.ts";

test.each([
  ["100/1h", { runs: 100, windowMs: 3_600_000 }],
  ["1/1m30s", { runs: 1, windowMs: 90_000 }],
  ["2/0.6ms", { runs: 2, windowMs: 1 }],
  ["0/1s", undefined],
  ["5", undefined],
  ["5/", undefined],
  ["5/0s", undefined],
  ["5/1s ", undefined],
  ["-1/1s", undefined],
  ["1234567890/1s", undefined],
  [`5/${"9".repeat(400)}d`, undefined],
])("parseRate reads %s", (text, rate) => {
  expect(parseRate(text)).toEqual(rate);
});
