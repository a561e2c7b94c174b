import { describe, expect, test } from "vitest";
import { LogWindow } from "../src/log-window.ts";
import { PodLog } from "./pod-log.ts";

const START_MS = Date.UTC(2026, 0, 31, 12);

/** A window on a log, and all that it has given. */
class Reading {
  readonly log = new PodLog();
  readonly window = new LogWindow();
  text = "";
  gaps = 0;
  askedBytes = 0;

  read(): void {
    for (let turn = 0; turn < 100; turn++) {
      const { sinceSecond, limitBytes } = this.window.query;
      const query = new URLSearchParams({ timestamps: "true", limitBytes: String(limitBytes) });
      if (sinceSecond !== undefined) query.set("sinceTime", new Date(sinceSecond * 1_000).toISOString());
      const answer = this.log.answer(query);
      this.askedBytes += answer.length;
      const { bytes, isCut, hasGap } = this.window.take(answer);
      this.text += Buffer.from(bytes).toString();
      if (hasGap) this.gaps++;
      if (!isCut) return;
    }
    throw new Error("it never comes to an end");
  }
}

describe("LogWindow", () => {
  test("gives each line once, in order, however often it is asked within a second [RPT-74, RPT-163]", () => {
    const reading = new Reading();
    let expected = "";
    for (let number = 0; number < 2_000; number++) {
      const line = number % 7 === 0 ? "the same" : `line ${number}`;
      reading.log.write(START_MS + Math.floor(number / 3) * 40, line);
      expected += `${line}\n`;
      if (number % 5 === 0) reading.read();
    }
    reading.read();
    reading.read();
    expect([reading.text === expected, reading.gaps]).toEqual([true, 0]);
    // What is asked again is the last seconds, not the whole log.
    expect(reading.askedBytes).toBeLessThan(400 * 8_000);
  });

  test("goes on within a line of 10 MiB, and behind one that was written over seconds [RPT-163]", () => {
    const reading = new Reading();
    const long = "0".repeat(10 * 1_048_576);
    reading.log.write(START_MS, "before");
    reading.read();
    reading.log.write(START_MS + 10, long);
    reading.read();
    const slow = Array.from({ length: 900_000 }, (_, n) => n % 97).join("");
    reading.log.write(START_MS + 3_000, slow, START_MS + 9_000);
    reading.log.write(START_MS + 9_000, "after");
    reading.read();
    reading.log.write(START_MS + 9_100, "after that");
    reading.read();
    reading.log.write(START_MS + 20_000, "at last");
    reading.read();
    expect(reading.text === `before\n${long}\n${slow}\nafter\nafter that\nat last\n`).toBe(true);
    expect(reading.gaps).toBe(0);
  });

  test("takes empty lines, spaces and what looks like a time as they are", () => {
    const reading = new Reading();
    for (const line of ["", " ", "2026-01-31T12:00:00.000000000Z x", "a  b"]) {
      reading.log.write(START_MS, line);
      reading.read();
    }
    expect(reading.text).toBe("\n \n2026-01-31T12:00:00.000000000Z x\na  b\n");
  });

  test("goes on after the node has begun a new file, and tells that something may be missing", () => {
    const reading = new Reading();
    reading.log.write(START_MS, "one");
    reading.read();
    reading.log.rotate();
    reading.log.write(START_MS + 500, "three");
    reading.read();
    reading.log.write(START_MS + 600, "four");
    reading.read();
    expect([reading.text, reading.gaps]).toEqual(["one\nthree\nfour\n", 1]);
  });

  test("refuses an answer that is no log", () => {
    const window = new LogWindow();
    expect(() => window.take(Buffer.from("unable to retrieve container logs for containerd://c0ffee"))).toThrow(
      "a line that does not begin with its time",
    );
  });
});
