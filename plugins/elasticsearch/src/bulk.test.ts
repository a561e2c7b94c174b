import { expect, test } from "vitest";
import { bulkBody, readOutcome } from "./bulk.ts";

test("bulkBody has two lines a record, with an id that the same record has again", () => {
  const record = { id: "job", startedAt: 1_000, durationMs: 5, success: true, result: { run: 3 } };
  const lines = bulkBody([record, { ...record, startedAt: 2_000 }], "runs").split("\n");
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe('{"index":{"_index":"runs","_id":"job-1000-3"}}');
  expect(JSON.parse(lines[1]!)).toEqual({
    "@timestamp": "1970-01-01T00:00:01.000Z",
    job: "job",
    durationMs: 5,
    success: true,
    result: { run: 3 },
  });
});

test("readOutcome tells what is to be sent again from what was refused for good; what is not answered is sent again", () => {
  const items = [201, 429, 400, 503].map((status) => ({
    index: { status, error: { reason: `because of ${status}` } },
  }));
  expect(readOutcome({ errors: true, items }, 5)).toEqual({
    failed: [1, 3, 4],
    refused: [{ place: 2, reason: "because of 400" }],
  });
  expect(readOutcome("no JSON of ours", 1)).toEqual({ failed: [0], refused: [] });
});
