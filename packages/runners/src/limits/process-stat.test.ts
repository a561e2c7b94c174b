import { describe, expect, test } from "vitest";
import { parseProcessStat } from "./process-stat.ts";

/** A line of `/proc/<pid>/stat` with what differs. */
function line(name: string, state = "S", threads = 7): string {
  return `4711 (${name}) ${state} 42 1 1 0 -1 4194304 123 5 0 0 31 12 7 1 20 0 ${threads} 0 160569 3133440 366 18446744073709551615\n`;
}

describe("parseProcessStat", () => {
  test("reads what the governor needs", () => {
    expect(parseProcessStat(line("node"))).toEqual({
      isDead: false,
      isHeadless: false,
      isStopped: false,
      parent: 42,
      minorFaults: 123,
      ownCpuMs: 430,
      childrenCpuMs: 80,
      startTicks: 160_569,
    });
  });

  test.each(["a b", ") R 1 1 1", "x) Z 9 (y", "two\nlines", "((", ""])(
    "is not deceived by a process that calls itself %j",
    (name) => {
      expect(parseProcessStat(line(name))).toEqual(parseProcessStat(line("node")));
    },
  );

  test("tells a dead process from one whose first thread alone has ended", () => {
    expect(parseProcessStat(line("node", "Z", 1))).toMatchObject({ isDead: true, isHeadless: false });
    expect(parseProcessStat(line("node", "Z", 3))).toMatchObject({ isDead: false, isHeadless: true });
  });

  test("tells a stopped one", () => {
    expect(parseProcessStat(line("node", "T"))?.isStopped).toBe(true);
  });

  test("finds nothing in an empty file", () => {
    expect(parseProcessStat("")).toBeUndefined();
  });
});
