import { ManualClock } from "@berth/base";
import type { LimitEvent, OutputLine } from "@berth/kernel/runner";
import { describe, expect, test } from "vitest";
import { countNewlines } from "./count-newlines.ts";
import { OutputLog } from "./output-log.ts";

function makeLog(linesPerSecond = 3) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const events: LimitEvent[] = [];
  const log = new OutputLog({
    clock,
    linesPerSecond,
    onLine: ({ stream, text }: OutputLine) => lines.push(`${stream}: ${text}`),
    onLimit: (event) => events.push(event),
  });
  return { clock, lines, events, log, write: (text: string) => log.push("stdout", Buffer.from(text)) };
}

describe("OutputLog", () => {
  test("puts lines together from pieces, without their line ends, and says a last one that has none", () => {
    const { log, lines, write } = makeLog();
    for (const piece of ["fir", "st\nsec", "ond\r\n", "la", "st"]) write(piece);
    log[Symbol.dispose]();
    expect(lines).toEqual(["stdout: first", "stdout: second", "stdout: last"]);
  });

  test("makes control characters visible", () => {
    const { lines, write } = makeLog();
    write("\u001b[2Jgone\tfar\n");
    expect(lines).toEqual(["stdout: \\u001b[2Jgone far"]);
  });

  test("cuts a line at 16 KiB and says how much more there was", () => {
    const { lines, write } = makeLog();
    write("a".repeat(16 * 1_024));
    write("b".repeat(100_000));
    write("b\nnext\n");
    expect(lines).toEqual([`stdout: ${"a".repeat(16 * 1_024)} [and 100001 bytes more]`, "stdout: next"]);
  });

  test("drops what is past the rate, and tells how many lines and bytes when the second is over", async () => {
    const { clock, lines, events, write } = makeLog();
    write("1\n2\n3\n4\n55");
    write("5\n666\n7");
    await clock.advance(999);
    expect(lines).toEqual(["stdout: 1", "stdout: 2", "stdout: 3"]);
    await clock.advance(1);
    expect(lines.slice(3)).toEqual(["stdout: [3 lines of 10 bytes dropped: at most 3 a second are kept]"]);
    expect(events).toEqual([{ limit: "log_rate", allowed: 3, used: 6, action: "refused" }]);
    write("77\n");
    expect(lines.at(-1)).toBe("stdout: 777");
    expect(clock.pendingTimers).toBe(0);
  });

  test("both streams share one rate, and each tells of its own", () => {
    const { log, lines, events, write } = makeLog(2);
    write("1\n");
    log.push("stderr", Buffer.from("2\n3\n"));
    write("4\n5\n");
    log[Symbol.dispose]();
    expect(lines).toEqual([
      "stdout: 1",
      "stderr: 2",
      "stdout: [2 lines of 4 bytes dropped: at most 2 a second are kept]",
      "stderr: [1 line of 2 bytes dropped: at most 2 a second are kept]",
    ]);
    expect(events).toMatchObject([{ used: 5 }]);
  });

  test("counts exactly under a flood cut anywhere, and keeps nothing of it", () => {
    const { log, lines, write } = makeLog(1);
    const flood = Buffer.from("x\n\nyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n".repeat(1_000));
    write("first\n");
    for (let at = 0, size = 1; at < flood.length; at += size, size = (size % 97) + 1) {
      log.push("stdout", flood.subarray(at, at + size));
    }
    log[Symbol.dispose]();
    expect(lines).toEqual([
      "stdout: first",
      `stdout: [3000 lines of ${flood.length} bytes dropped: at most 1 a second are kept]`,
    ]);
  });

  test("a last line without its end is dropped and counted like any other", () => {
    const { log, lines, write } = makeLog(1);
    write("1\nrest");
    log[Symbol.dispose]();
    expect(lines).toEqual(["stdout: 1", "stdout: [1 line of 4 bytes dropped: at most 1 a second are kept]"]);
  });
});

describe("countNewlines", () => {
  test("counts every newline, and no byte that looks like one", () => {
    const bytes = Buffer.alloc(4_099, Uint8Array.of(0x0a, 0x0b, 0x8a, 0x00, 0x0a, 0xff, 0x09, 0x0a, 0x0a, 0x0a, 0x0a));
    for (let from = 0; from < 9; from++) {
      for (const to of [from, from + 1, from + 7, bytes.length]) {
        const part = bytes.subarray(from, to);
        expect(countNewlines(part)).toBe(part.filter((byte) => byte === 0x0a).length);
      }
    }
  });
});
