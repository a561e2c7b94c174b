import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogRecord } from "./log.ts";
import { LogRing } from "./log-ring.ts";

const line = (source: string, message: string): LogRecord => ({ time: 0, level: "info", source, message });

describe("LogRing", () => {
  test("keeps the last lines of each source, whatever others say [BWK-12]", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.string()), { maxLength: 200 }), (said) => {
        const ring = new LogRing({ lines: 7 });
        for (const [source, message] of said) ring.add(line(source, message));
        for (const source of ["a", "b", "c"]) {
          const all = said.filter(([one]) => one === source).map(([, message]) => message);
          expect(ring.of(source).map(({ message }) => message)).toEqual(all.slice(-7));
        }
      }),
    );
  });

  test("bounds what it holds: of one source, and of all, where the one with most gives way [BWK-12]", () => {
    const ring = new LogRing({ bytes: 100_000, bytesInAll: 150_000 });
    ring.add(line("quiet", "still here"));
    for (const source of ["loud", "louder"]) {
      for (let n = 0; n < 1_000; n++) ring.add(line(source, "x".repeat(1_000)));
    }
    const counts = ["loud", "louder", "quiet"].map((source) => ring.of(source).length);
    expect(counts[2]).toBe(1);
    // Each line counts with 120 bytes of its own.
    expect((counts[0]! + counts[1]!) * 1_120).toBeLessThanOrEqual(150_000);
    expect(Math.max(...counts) * 1_120).toBeLessThanOrEqual(100_000);
    expect(Math.min(counts[0]!, counts[1]!)).toBeGreaterThan(40);
  });

  test("tells lines as they come, and goes on when a listener fails", () => {
    const ring = new LogRing();
    const heard: string[] = [];
    using _failing = ring.onLine(() => {
      throw new Error("mine");
    });
    const listening = ring.onLine(({ message }) => void heard.push(message));
    ring.add(line("a", "one"));
    listening[Symbol.dispose]();
    ring.add(line("a", "two"));
    expect(heard).toEqual(["one"]);
  });
});
