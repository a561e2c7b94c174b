import { isHostError } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CronOptions, cronProblem, parseCron } from "./cron-pattern.ts";

function messageOf(expression: string, options?: CronOptions): string {
  try {
    parseCron(expression, options);
  } catch (error) {
    if (isHostError(error, "CONFIG_INVALID")) return error.message;
    throw error;
  }
  return "";
}

/** The next `count` runs after `from`, as instants. */
function runs(expression: string, zone: string, from: string, count: number): string[] {
  const pattern = parseCron(expression, { zone });
  const instants: string[] = [];
  for (let at = Date.parse(from); instants.length < count;) {
    at = pattern.next(at)!;
    instants.push(new Date(at).toISOString().replace(":00.000Z", "Z"));
  }
  return instants;
}

describe("parseCron", () => {
  test.each([
    "* * * * *",
    "*/5 * * * *",
    "0 9 * * 1-5",
    "0,30 8-18/2 1,15 * *",
    "0 0 29 2 *",
    "0 0 L * *",
    "0 9 * JAN-MAR MON",
    "0 0 * * 7",
    "  0   9 * * *  ",
    "0 0 30 2 1",
  ])("takes %s [SIG-43] [SIG-61] [SIG-105]", (expression) => {
    expect(cronProblem(expression)).toBeUndefined();
    expect(parseCron(expression, { zone: "UTC" }).next(Date.UTC(2026, 0, 1))).toBeGreaterThan(Date.UTC(2026, 0, 1));
  });

  test.each([
    ["* * * *", "exactly five parts are needed (min, hour, day, month, dow), it has 4"],
    ["* * * * * *", "exactly five parts are needed (min, hour, day, month, dow), it has 6"],
    ["", "exactly five parts are needed (min, hour, day, month, dow), it has 0"],
    ["@daily", "exactly five parts are needed (min, hour, day, month, dow), it has 1; write 0 0 * * *"],
    ["60 * * * *", 'min "60" is not valid (allowed: 0 to 59)'],
    ["* 24 * * *", 'hour "24" is not valid (allowed: 0 to 23)'],
    ["* * 32 * *", 'day "32" is not valid (allowed: 1 to 31, or L for the last)'],
    ["* * * 13 *", 'month "13" is not valid (allowed: 1 to 12, or JAN to DEC)'],
    ["* * * * 8", 'dow "8" is not valid (allowed: 0 to 7, or SUN to SAT (0 and 7 are Sunday))'],
    ["* * 0 * *", 'day "0" is not valid'],
    ["soon * * * *", 'min "soon" is not valid'],
    ["*/0 * * * *", 'min "*/0" is not valid'],
    ["30-10 * * * *", 'min "30-10" is not valid'],
    [
      "61 * * FOO *",
      'min "61" is not valid (allowed: 0 to 59); month "FOO" is not valid (allowed: 1 to 12, or JAN to DEC)',
    ],
    ["0 0 30 2 *", 'it never runs: no month "2" has a day "30"'],
    ["0 0 31 4,6,9,11 *", 'it never runs: no month "4,6,9,11" has a day "31"'],
  ])("refuses %j: %s [SIG-43] [SIG-61] [SIG-105]", (expression, problem) => {
    expect(messageOf(expression)).toContain(`Cannot use the schedule "${expression}": ${problem}`);
    expect(cronProblem(expression)).toContain(problem);
  });

  test("does not read endless text", () => {
    expect(messageOf(`${"1,".repeat(100_000)}1 * * * *`)).toBe(
      `Cannot use the schedule "${"1,".repeat(49)}1…": it is longer than 256 characters`,
    );
  });

  test("takes a part for the second where asked to", () => {
    const at = Date.UTC(2026, 0, 1);
    expect(parseCron("*/15 * * * * *", { zone: "UTC", seconds: true }).next(at)).toBe(at + 15_000);
    expect(messageOf("* * * * *", { seconds: true })).toContain("exactly six parts are needed (sec, min, hour");
  });

  test("refuses an unknown time zone with the nearest name", () => {
    expect(messageOf("* * * * *", { zone: "Europe/Berln" })).toBe(
      'Cannot use the time zone: there is no time zone "Europe/Berln"; did you mean Europe/Berlin?',
    );
  });

  test("either throws what is wrong or gives a pattern that goes on, whatever the text", () => {
    const part = fc.string({ unit: fc.constantFrom(..."0123456789*,-/LW#?JANMON ".split("")), maxLength: 6 });
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { minLength: 5, maxLength: 5 }).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(text, (expression) => {
        const problem = cronProblem(expression);
        if (problem !== undefined) expect(messageOf(expression)).toContain(problem);
        else expect(parseCron(expression, { zone: "UTC" }).next(Date.UTC(2024, 0, 1))).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe("CronPattern.next", () => {
  test("gives the first slot strictly after any instant, the same however it was asked before", () => {
    const pattern = parseCron("*/7 * * * *", { zone: "Europe/Berlin" });
    const from = Date.UTC(2026, 2, 28, 22);
    const afters = fc.array(fc.integer({ min: 0, max: 12 * 3_600_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(afters, (offsets) => {
        for (const offset of offsets) {
          const next = pattern.next(from + offset)!;
          expect(next).toBe(parseCron("*/7 * * * *", { zone: "Europe/Berlin" }).next(from + offset));
          expect(next).toBeGreaterThan(from + offset);
          expect(next % 60_000).toBe(0);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("takes either of day and dow when both are restricted", () => {
    expect(runs("0 9 13 * 5", "UTC", "2026-02-01T00:00Z", 5)).toEqual([
      "2026-02-06T09:00Z",
      "2026-02-13T09:00Z",
      "2026-02-20T09:00Z",
      "2026-02-27T09:00Z",
      "2026-03-06T09:00Z",
    ]);
  });

  test.each([
    [
      "America/New_York, a fixed time",
      "30 2 * * *",
      "America/New_York",
      "2026-03-07T12:00Z",
      ["2026-03-08T07:00Z", "2026-03-09T06:30Z"],
    ],
    [
      "America/New_York, two fixed times that meet at the gap's end",
      "0,30 2 * * *",
      "America/New_York",
      "2026-03-07T12:00Z",
      ["2026-03-08T07:00Z", "2026-03-09T06:00Z", "2026-03-09T06:30Z"],
    ],
    [
      "America/New_York, a fixed time at the gap's end itself",
      "0 2,3 * * *",
      "America/New_York",
      "2026-03-08T06:00Z",
      ["2026-03-08T07:00Z", "2026-03-09T06:00Z"],
    ],
    [
      "America/New_York, a wildcard",
      "*/20 2 * * *",
      "America/New_York",
      "2026-03-08T05:00Z",
      ["2026-03-09T06:00Z", "2026-03-09T06:20Z"],
    ],
    ["Europe/Berlin", "15 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:15Z"]],
    [
      "Australia/Lord_Howe, half an hour",
      "15 2 * * *",
      "Australia/Lord_Howe",
      "2026-10-02T16:00Z",
      ["2026-10-03T15:30Z", "2026-10-04T15:15Z"],
    ],
    [
      "Africa/Cairo, at midnight",
      "0 0 * * *",
      "Africa/Cairo",
      "2026-04-22T23:00Z",
      ["2026-04-23T22:00Z", "2026-04-24T21:00Z"],
    ],
    [
      "Asia/Beirut, at midnight",
      "30 0 * * *",
      "Asia/Beirut",
      "2026-03-28T12:00Z",
      ["2026-03-28T22:00Z", "2026-03-29T21:30Z"],
    ],
  ] as const)("over the clocks going forward in %s [SIG-105]", (_, expression, zone, from, expected) => {
    expect(runs(expression, zone, from, expected.length)).toEqual(expected);
  });

  test.each([
    [
      "America/New_York, a fixed time",
      "30 1 * * *",
      "America/New_York",
      "2026-11-01T00:00Z",
      ["2026-11-01T05:30Z", "2026-11-02T06:30Z"],
    ],
    [
      "America/New_York, a wildcard",
      "*/30 1 * * *",
      "America/New_York",
      "2026-11-01T00:00Z",
      ["2026-11-01T05:00Z", "2026-11-01T05:30Z", "2026-11-01T06:00Z", "2026-11-01T06:30Z", "2026-11-02T06:00Z"],
    ],
    [
      "Europe/Berlin, each hour",
      "0 * * * *",
      "Europe/Berlin",
      "2026-10-24T23:30Z",
      ["2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z"],
    ],
    [
      "Australia/Lord_Howe, half an hour",
      "45 1 * * *",
      "Australia/Lord_Howe",
      "2026-04-04T00:00Z",
      ["2026-04-04T14:45Z", "2026-04-05T15:15Z"],
    ],
    [
      "Africa/Cairo, before midnight",
      "30 23 * * *",
      "Africa/Cairo",
      "2026-10-29T00:00Z",
      ["2026-10-29T20:30Z", "2026-10-30T21:30Z"],
    ],
  ] as const)("over the clocks going back in %s [SIG-105]", (_, expression, zone, from, expected) => {
    expect(runs(expression, zone, from, expected.length)).toEqual(expected);
  });
});
