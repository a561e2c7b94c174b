import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { codeOf, openCapabilities } from "../../../test/open-capabilities.ts";

/** Noon, 15 January 2026, and a Thursday. */
const NOON = Date.UTC(2026, 0, 15, 12);

describe("schedule", () => {
  test("fires once after a while, and its place is free again", async () => {
    const clock = new ManualClock();
    await using probe = await openCapabilities({ clock });
    let fired = 0;
    await probe.capabilities.schedule({ afterMs: 1_500 }, () => fired++);
    await clock.advance(1_499);
    expect(fired).toBe(0);
    await clock.advance(1);
    await clock.advance(100_000);
    expect([fired, clock.pendingTimers]).toEqual([1, 0]);
  });

  test("fires again and again without drift, however late the host is", async () => {
    const clock = new ManualClock();
    await using probe = await openCapabilities({ clock });
    const times: number[] = [];
    using _timer = await probe.capabilities.schedule({ everyMs: 100 }, () => times.push(clock.monotonicMs()));
    await clock.advance(1_000);
    expect(times).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000]);
  });

  test("leaves out what was slept through", async () => {
    const clock = new SleepyClock();
    await using probe = await openCapabilities({ clock });
    const times: number[] = [];
    using _timer = await probe.capabilities.schedule({ everyMs: 100 }, () => times.push(clock.monotonicMs()));
    await clock.advance(200);
    clock.sleepMs = 1_050;
    await clock.advance(100);
    clock.sleepMs = 0;
    await clock.advance(1_400);
    expect(times).toEqual([100, 200, 300, 1_450, 1_500, 1_600, 1_700]);
  });

  test.each<[string, string | undefined, number[]]>([
    ["*/15 * * * *", "UTC", [15, 30, 45, 60]],
    ["0 9 * * *", "America/New_York", [120]],
    ["*/20 0 14 * * *", "Europe/Berlin", [60, 60 + 20 / 60, 60 + 40 / 60]],
  ])("fires by the calendar: %s in %s", async (cron, timeZone, minutes) => {
    const clock = new ManualClock(NOON);
    await using probe = await openCapabilities({ clock });
    const fired: number[] = [];
    const request = timeZone === undefined ? { cron } : { cron, timeZone };
    using _timer = await probe.capabilities.schedule(request, () => fired.push((clock.now() - NOON) / 60_000));
    await clock.advance(Math.max(...minutes) * 60_000);
    expect(fired).toEqual(minutes);
  });

  test.each([
    [undefined, "CONTRACT_BROKEN"],
    [{}, "CONTRACT_BROKEN"],
    [{ everyMs: 99 }, "CONTRACT_BROKEN"],
    [{ everyMs: Number.NaN }, "CONTRACT_BROKEN"],
    [{ everyMs: "1000" }, "CONTRACT_BROKEN"],
    [{ afterMs: -1 }, "CONTRACT_BROKEN"],
    [{ afterMs: Infinity }, "CONTRACT_BROKEN"],
    [{ cron: 7 }, "CONTRACT_BROKEN"],
    [{ cron: "* * * * *", timeZone: 7 }, "CONTRACT_BROKEN"],
    [{ cron: "x".repeat(201) }, "CONTRACT_BROKEN"],
    [{ cron: "61 * * * *" }, "CONFIG_INVALID"],
    [{ cron: "0 0 30 2 *" }, "CONFIG_INVALID"],
    [{ cron: "* * * * *", timeZone: "Mars/Olympus" }, "CONFIG_INVALID"],
  ])("refuses %j", async (request, code) => {
    const clock = new ManualClock();
    await using probe = await openCapabilities({ clock });
    expect(await codeOf(probe.capabilities.schedule(request as never, () => undefined))).toBe(code);
    expect(await codeOf(probe.capabilities.schedule({ afterMs: 1 }, 7 as never))).toBe("CONTRACT_BROKEN");
    expect(clock.pendingTimers).toBe(0);
  });

  test("has room for a hundred, and for another when one is gone", async () => {
    const clock = new ManualClock();
    await using probe = await openCapabilities({ clock });
    const set = (): Promise<Disposable> => probe.capabilities.schedule({ everyMs: 1_000 }, () => undefined);
    const timers = await Promise.all(Array.from({ length: 100 }, set));
    expect(await codeOf(set())).toBe("LIMIT_EXCEEDED");
    timers[0]![Symbol.dispose]();
    timers[0]![Symbol.dispose]();
    await set();
    expect(await codeOf(set())).toBe("LIMIT_EXCEEDED");
    await probe.capabilities[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
    expect(await codeOf(set())).toBe("CALL_CANCELLED");
  });

  test("goes on when what it calls throws", async () => {
    const clock = new ManualClock();
    await using probe = await openCapabilities({ clock });
    let fired = 0;
    using _timer = await probe.capabilities.schedule({ everyMs: 100 }, () => {
      fired++;
      throw new Error("broken");
    });
    await clock.advance(300);
    expect(fired).toBe(3);
  });
});

/** A clock whose timers wake late, as on a machine that was asleep. */
class SleepyClock extends ManualClock {
  sleepMs = 0;

  override setTimer(fire: () => void, delayMs: number): Disposable {
    return super.setTimer(fire, delayMs + this.sleepMs);
  }
}
